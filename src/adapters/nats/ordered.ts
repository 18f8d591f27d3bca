import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { MAKES_TOPICS } from "../../core/broker.js";
import { elapse } from "../../core/elapse.js";
import type { Delivery, Subscription } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { PATIENCE_MS, tellAway } from "./away.js";
import { createBatches } from "./batches.js";
import type { GroupOf } from "./group-consumer.js";
import { createInOrder, type InOrder } from "./in-order.js";
import type { Missed } from "./missed.js";
import { placeOf, type Read } from "./lease-records.js";
import { contendForLease } from "./lease.js";
import type { Link } from "./link.js";
import { addReader, pendingFrom } from "./reader-consumer.js";
import { startPull, type Pull } from "./pull.js";
import type { StoodBy } from "./stood.js";
import { isNotFound } from "./streams.js";

const AGAIN_MS = 500;

/** One member's turn at reading: from the position that it took over until it is lost. */
interface Turn {
  readonly progress: InOrder;
  buffer: Delivery[];
  due: Delivery[];
  /** Null while it is made again. */
  pull: Pull | null;
  consumer: string;
  /** The last that came, and which one of its consumer it was. */
  last: Read;
  lastOfConsumer: number;
  over: boolean;
  /** Stored as acknowledged. */
  saved: number;
}

/**
 * A member of a group in which one reads everything (I18), by a lease: in the stream's order, from the position before
 * which everything is acknowledged. What another member held comes to the next one in order, with all behind it.
 */
export async function subscribeOrdered(nc: NatsConnection, jsm: JetStreamManager, link: Link, clock: Clock, of: GroupOf & { readonly maxBatch: number; readonly owner: string; readonly stood: StoodBy; readonly missed: Missed }): Promise<Subscription> {
  const { stream, topic, group, from, maxBatch, owner, stood, missed } = of;
  let turn: Turn | null = null;
  let paused = false;
  let closed: Promise<void> | null = null;
  const delays = new Set<() => void>();

  const batches = createBatches(clock, () => {
    if (turn === null || paused || !lease.isHeld()) return [];
    const due = turn.due.splice(0, maxBatch);
    const batch = [...due, ...turn.buffer.splice(0, maxBatch - due.length)];
    const { pull } = turn;
    if (pull !== null) {
      const room = maxBatch - turn.buffer.length - pull.asked();
      if (room > maxBatch / 2) pull.ask(room);
    }
    return batch;
  });

  const lease = await contendForLease(nc, jsm, clock, { group, topic, owner, stood, place: (record) => placeOf(jsm, stream, topic, from, record) }, {
    taken(from) {
      const mine: Turn = { progress: createInOrder(from), buffer: [], due: [], pull: null, consumer: "", last: from, lastOfConsumer: 0, over: false, saved: from.position };
      turn = mine;
      void read(mine);
    },
    missing: (reason) => batches.end(reason),
    confirmed: () => batches.wake(),
    lost() {
      const old = turn;
      turn = null;
      if (old !== null) void stop(old);
    },
  });

  /** A consumer of this turn alone, begun behind what came. */
  async function read(mine: Turn): Promise<void> {
    await mine.pull?.close();
    mine.pull = null;
    const since = clock.monotonic();
    while (!mine.over) {
      try {
        // What it read from is gone, perhaps with its stream.
        if (mine.consumer !== "") await lease.check(mine.last);
        if (mine.over) return;
        mine.consumer = (await addReader(jsm, stream, topic, mine.last.position)).name;
        break;
      } catch (error) {
        if (isNotFound(error) && clock.monotonic() - since > PATIENCE_MS) batches.end(new Error(`there is no stream \`${stream}\`: ${MAKES_TOPICS}`));
        await elapse(clock, AGAIN_MS);
      }
    }
    if (mine.over) return;
    mine.lastOfConsumer = 0;
    missed.begins(mine.last.position);
    const anew = (): void => {
      if (mine.pull !== pull) return;
      mine.pull = null;
      void pull.close().then(() => read(mine));
    };
    const pull = startPull(nc, link, clock, { stream, consumer: mine.consumer }, {
      message({ delivery, seq, consumerSeq }) {
        if (mine.over || mine.pull !== pull) return;
        // What was lost on the way is read again, from where this stood.
        if (consumerSeq !== mine.lastOfConsumer + 1) return anew();
        mine.lastOfConsumer = consumerSeq;
        missed.came({ seq, consumerSeq });
        mine.last = { position: seq, at: delivery.timestamp };
        mine.progress.add(delivery, seq);
        mine.buffer.push(delivery);
        batches.wake();
      },
      want: () => batches.wake(),
      // Nothing is acknowledged to this consumer: what was lost on the way, it does not send again.
      reconnected: anew,
      lost: anew,
    });
    mine.pull = pull;
    batches.wake();
  }
  async function stop(old: Turn): Promise<void> {
    old.over = true;
    old.buffer = [];
    old.due = [];
    const { pull } = old;
    old.pull = null;
    await pull?.close();
    if (old.consumer !== "" && link.isUp()) await jsm.consumers.delete(stream, old.consumer).catch(() => false);
  }

  const unwatch = tellAway(link, clock, batches.end);

  async function end(): Promise<void> {
    unwatch();
    batches.end(null);
    for (const cancel of delays) cancel();
    const mine = turn;
    turn = null;
    if (mine !== null) await stop(mine);
    // Nobody to tell: the lease ends by itself.
    if (link.isUp()) await lease.release(mine?.progress.read() ?? null).catch(() => undefined);
    else void lease.release(null).catch(() => undefined);
  }
  const close = (): Promise<void> => (closed ??= end());

  return {
    batches: batches.iterable,
    async ack(deliveries) {
      const mine = turn;
      if (mine === null) return;
      mine.progress.ack(deliveries);
      const read = mine.progress.read();
      if (read.position > mine.saved && (await lease.save(read))) mine.saved = Math.max(mine.saved, read.position);
    },
    async giveBack(deliveries, delayMs) {
      const mine = turn;
      if (mine === null) return;
      const release = mine.progress.giveBack(deliveries);
      const cancel = clock.after(delayMs, () => {
        delays.delete(cancel);
        if (mine.over) return;
        mine.due.push(...release());
        batches.wake();
      });
      delays.add(cancel);
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      batches.wake();
    },
    async lag() {
      const mine = turn;
      return mine === null ? await pendingFrom(jsm, stream, topic, await lease.position()) : (await pendingFrom(jsm, stream, topic, mine.progress.read().position)) - mine.progress.ahead();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
