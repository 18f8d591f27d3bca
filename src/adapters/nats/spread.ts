import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Delivery, Subscription } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { tellAway } from "./away.js";
import { createBatches } from "./batches.js";
import { ACK_WAIT_MS, ensureConsumer, type GroupOf } from "./group-consumer.js";
import { isForbidden } from "./led.js";
import type { Link } from "./link.js";
import type { Received } from "./message.js";
import type { Missed } from "./missed.js";
import { consumerName } from "./names.js";
import { startPull } from "./pull.js";
import { pendingFrom } from "./reader-consumer.js";
import type { StoodBy } from "./stood.js";

const TIMEOUT_MS = 5000;
/** Encoded once. */
const ACK = new TextEncoder().encode("+ACK");

/**
 * A member of a group whose members share what comes: one durable pull consumer. What a member holds it says so of every
 * few seconds, for as long as its handlers take; what it gives back the server keeps until the delay is over.
 */
export async function subscribeSpread(nc: NatsConnection, jsm: JetStreamManager, link: Link, clock: Clock, of: GroupOf & { readonly maxBatch: number; readonly stood: StoodBy; readonly missed: Missed }): Promise<Subscription> {
  const { stream, maxBatch, stood, missed } = of;
  const place = consumerName(of.group, of.topic);
  const { name: consumer, ack_floor, delivered } = await ensureConsumer(jsm, of, stood.get(place));
  const { created } = await jsm.streams.info(stream);
  const stands = (position: number): void => void stood.set(place, { created, position });
  stands(ack_floor.stream_seq);
  missed.look(delivered.stream_seq);
  /** Held, by offset: where each is acknowledged. */
  const held = new Map<string, string>();
  /** Given back with a delay that is not over. */
  const back = new Map<string, string>();
  let buffer: Delivery[] = [];
  let paused = false;
  let closed: Promise<void> | null = null;
  /** Something was acknowledged since the server was asked where the group stands. */
  let moved = false;
  let lost = false;

  const pull = startPull(nc, link, clock, { stream, consumer }, {
    message({ delivery, reply, seq, consumerSeq }: Received) {
      missed.came({ seq, consumerSeq });
      back.delete(delivery.offset);
      // It came again: this member was too late with it, and whoever has it from before holds it still.
      const twice = held.has(delivery.offset);
      held.set(delivery.offset, reply);
      if (twice) return;
      buffer.push(delivery);
      batches.wake();
    },
    want: () => batches.wake(),
    lost(reason) {
      lost = true;
      batches.end(new Error(`the group \`${of.group}\` cannot read \`${of.topic}\`: ${reason}`));
    },
  });
  const batches = createBatches(clock, () => {
    if (paused) return [];
    const batch = buffer.splice(0, maxBatch);
    // One batch is on its way while one is worked on, and no more.
    const room = maxBatch - buffer.length - pull.asked();
    if (room > maxBatch / 2) pull.ask(room);
    return batch;
  });

  let cancelBeat = clock.after(ACK_WAIT_MS / 3, beat);
  function beat(): void {
    for (const reply of held.values()) nc.publish(reply, "+WPI");
    void look();
    cancelBeat = clock.after(ACK_WAIT_MS / 3, beat);
  }

  /** Other members acknowledge too: how far all of them are the server knows. */
  async function look(): Promise<void> {
    if (!moved || !link.isUp()) return;
    moved = false;
    try {
      stands((await jsm.consumers.info(stream, consumer)).ack_floor.stream_seq);
    } catch {
      // It says so where it is read from.
      moved = true;
    }
  }

  /** The server takes them in order: its answer to the last is one to all. */
  async function tell(replies: readonly string[], what: Uint8Array | string): Promise<void> {
    const last = replies.at(-1);
    if (last === undefined) return;
    for (const reply of replies.slice(0, -1)) nc.publish(reply, what);
    await nc.request(last, what, { timeout: TIMEOUT_MS });
  }
  function heldOf(deliveries: readonly Delivery[]): { readonly offsets: readonly string[]; readonly replies: readonly string[] } {
    const offsets: string[] = [];
    const replies: string[] = [];
    for (const { offset } of deliveries) {
      const reply = held.get(offset);
      if (reply === undefined) continue;
      offsets.push(offset);
      replies.push(reply);
    }
    return { offsets, replies };
  }

  const unwatch = tellAway(link, clock, batches.end);

  async function end(): Promise<void> {
    unwatch();
    cancelBeat();
    batches.end(null);
    await pull.close();
    const all = [...new Set([...held.values(), ...back.values()])];
    held.clear();
    back.clear();
    buffer = [];
    // Nobody to tell: the server finds out by itself.
    if (link.isUp()) await tell(all, "-NAK").catch(() => undefined);
  }
  const close = (): Promise<void> => (closed ??= end());

  return {
    batches: batches.iterable,
    async ack(deliveries) {
      // A consumer that is gone acknowledges nothing, and who waits for it does not hear that this one has ended.
      if (closed !== null || lost) return;
      const { offsets, replies } = heldOf(deliveries);
      await tell(replies, ACK);
      moved = true;
      for (const offset of offsets) held.delete(offset);
    },
    async giveBack(deliveries, delayMs) {
      if (closed !== null || lost) return;
      const { offsets, replies } = heldOf(deliveries);
      for (const [at, offset] of offsets.entries()) {
        held.delete(offset);
        back.set(offset, replies[at] ?? "");
      }
      try {
        await tell(replies, `-NAK {"delay": ${Math.round(delayMs * 1_000_000)}}`);
      } catch (error) {
        for (const [at, offset] of offsets.entries()) if (back.delete(offset)) held.set(offset, replies[at] ?? "");
        throw error;
      }
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      batches.wake();
    },
    async lag() {
      const { delivered, num_pending, num_ack_pending } = await jsm.consumers.info(stream, consumer);
      // The server counts there a moment after it has acknowledged the message; who may make no consumer to ask by has no more.
      const pending = await pendingFrom(jsm, stream, of.topic, delivered.stream_seq).catch((error: unknown) => (isForbidden(error) ? num_pending : Promise.reject(error)));
      return num_ack_pending + pending;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
