import { MAKES_TOPICS } from "../../core/broker.js";
import type { Delivery, Subscription } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { createSignal } from "../../core/signal.js";
import { createBack } from "./back.js";
import { idOf } from "./entry.js";
import { groupsOf, lagOf, standsAt } from "./group.js";
import { contendFor } from "./hold.js";
import { isGone, type Link } from "./link.js";
import { leaseKey, memberKey } from "./names.js";
import { createIntake, type IntakeOf } from "./intake.js";

/** A server that is away for so long is told to the reader, which subscribes anew. */
const PATIENCE_MS = 30_000;
/** How often it is asked where the group stands, while that changes. */
const LOOK_MS = 3000;

interface SubscriptionOf extends IntakeOf {
  /** Hears up to where the whole group has acknowledged everything. */
  stands(at: string): void;
}

/**
 * A member of a group. What it has is in the group's list of pending entries; that it lives, and in order that it is the
 * one who reads (I18), are keys that it renews: when they are gone, what it had is anybody's. So a handler may take as
 * long as it likes, and a member that leaves gives everything back by one deletion.
 */
export async function createSubscription(link: Link, reader: Link, clock: Clock, of: SubscriptionOf): Promise<Subscription> {
  const { topic, group, consumer, maxBatch, ordered } = of;
  /** Offsets of what was delivered, and neither acknowledged nor given back. */
  const held = new Set<string>();
  const changed = createSignal();
  const back = createBack(clock, changed.tell);
  let closing: Promise<void> | null = null;
  let paused = false;
  /** One read at a time; it goes on while what was given back is delivered. */
  let reading = false;
  let ready: readonly Delivery[] = [];
  /** While a read is under way, which may have been answered before it. */
  const acked = new Set<string>();
  let failed: { readonly since: number; readonly thrown: unknown } | null = null;
  /** Something was acknowledged since the server was asked where the group stands. */
  let moved = true;

  let intake = createIntake(link, reader, clock, of);
  const keys = ordered ? [leaseKey(topic, group), memberKey(consumer)] : [memberKey(consumer)];
  const hold = await contendFor(link, clock, keys, consumer, () => {
    // Others may have had what it had: everything is looked for again, and what a read under way brings is dropped.
    held.clear();
    back.clear();
    ready = [];
    intake = createIntake(link, reader, clock, of);
  });

  async function read(): Promise<void> {
    reading = true;
    acked.clear();
    const mine = intake;
    try {
      const batch = await mine.next(hold);
      failed = null;
      if (mine === intake) ready = batch.filter(({ offset }) => !held.has(offset) && !back.has(offset) && !acked.has(offset));
    } catch (thrown) {
      // Nothing comes of waiting for it.
      const gone = isGone(thrown) ? new Error(`its stream, or the group \`${group}\`, is not there any more: ${MAKES_TOPICS}`, { cause: thrown }) : null;
      // Why a server is away may show when it is asked again, as that it does not let this user in.
      failed = { since: gone === null ? (failed?.since ?? clock.monotonic()) : -Infinity, thrown: gone ?? thrown };
    }
    reading = false;
    changed.tell();
  }
  function take(): readonly Delivery[] {
    // Others may have it by now; whoever has its keys again looks for everything anew.
    if (!hold.isHeld()) return [];
    const due = back.take(maxBatch);
    const batch = due.length > 0 ? due : ready;
    if (due.length === 0) ready = [];
    for (const { offset } of batch) held.add(offset);
    return batch;
  }
  async function* batches(): AsyncGenerator<readonly Delivery[]> {
    while (closing === null) {
      const batch = paused ? [] : take();
      if (batch.length > 0) {
        yield batch;
        continue;
      }
      if (failed !== null && clock.monotonic() - failed.since > PATIENCE_MS) {
        const { thrown } = failed;
        failed = null;
        throw thrown;
      }
      if (!paused && !reading) void read();
      await changed.next();
    }
  }
  /** What this member still has: nothing, once it is closed or others may have taken it. */
  const mineOf = (deliveries: readonly Delivery[]): readonly Delivery[] => (closing === null && hold.isHeld() ? deliveries.filter(({ offset }) => held.has(offset)) : []);

  let cancelLook = (): void => undefined;
  async function look(): Promise<void> {
    const asks = moved;
    moved = false;
    try {
      const at = asks ? await standsAt(link, topic, group) : null;
      if (at !== null) of.stands(at);
    } catch {
      // The server is away: the next time will do.
      moved = true;
    }
    if (closing === null) cancelLook = clock.after(LOOK_MS, () => void look());
  }
  await look();

  async function end(): Promise<void> {
    cancelLook();
    back.clear();
    changed.tell();
    reader.close();
    // A server that is away forgets the keys by itself.
    await hold.release().catch(() => undefined);
  }
  const close = (): Promise<void> => (closing ??= end());

  return {
    batches: { [Symbol.asyncIterator]: batches },
    async ack(deliveries) {
      const mine = mineOf(deliveries);
      if (mine.length === 0) return;
      await link.command("XACK", topic, group, ...mine.map(({ offset }) => idOf(offset)));
      moved = true;
      for (const { offset } of mine) {
        held.delete(offset);
        if (reading) acked.add(offset);
      }
    },
    async giveBack(deliveries, delayMs) {
      const mine = mineOf(deliveries);
      // The count is the server's too: whoever gets it after a crash knows how often it was tried.
      await Promise.all(mine.map(({ offset, attempt }) => link.command("XCLAIM", topic, group, consumer, 0, idOf(offset), "RETRYCOUNT", attempt + 1, "JUSTID")));
      const still = mineOf(mine);
      for (const { offset } of still) held.delete(offset);
      back.add(still.map((delivery) => ({ ...delivery, attempt: delivery.attempt + 1 })), delayMs);
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      changed.tell();
    },
    async lag() {
      const state = (await groupsOf(link, topic)).find((one) => one.group === group);
      return state === undefined ? 0 : await lagOf(link, topic, state);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
