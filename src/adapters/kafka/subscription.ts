import type { Delivery, Subscription } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { createSignal } from "../../core/signal.js";
import { createBuffer } from "./buffer.js";
import { createCommits } from "./commits.js";
import type { GroupDriver, Member } from "./driver.js";
import { lagOf } from "./lag.js";
import { createMissed } from "./missed.js";
import { know, positionsOf, startsOf } from "./positions.js";
import { createRedelivery } from "./redelivery.js";
import type { StoodBy } from "./stood.js";
import { createTracker, type Tracker } from "./tracker.js";

export interface SubscriptionOptions {
  readonly topic: string;
  /** The group's name at the broker. */
  readonly group: string;
  readonly from: "latest" | "earliest";
  readonly maxBatch: number;
  /** How many the topic has now. */
  readonly partitions: number;
  readonly met: StoodBy;
  notice(text: string): void;
}

/** How long the group waits for messages that are at a reader; after that they come again, to another member. */
const HAND_OVER_MS = 10_000;
/** How long one waits for the others of the group; then it joins in the background. */
const JOIN_MS = 5000;

/** A member of a group. Partitions give order per key and one member per key by themselves. */
export async function subscribeTo(driver: GroupDriver, clock: Clock, { topic, group, from, maxBatch, partitions: count, met, notice }: SubscriptionOptions): Promise<Subscription> {
  const { starts, settled: known, gone } = await startsOf(driver, topic, group, from, met);
  const missed = createMissed(driver, clock, { topic, group, notice });
  for (const [partition, messages] of gone) missed.tell(partition, messages);
  /** Where the group goes on in these partitions is at the broker. */
  const settled = new Set(known);
  const trackers = new Map<number, Tracker>();
  const buffer = createBuffer(topic);
  /** There may be something for the reader, or less at it. */
  const changed = createSignal();
  const back = createRedelivery(trackers, clock, changed.tell);
  /** The driver may go on behind what it brought. */
  const room = createSignal();
  let paused = false;
  let closed = false;
  /** The group waits for what is at the reader: nothing new goes there. */
  let leaving = false;
  let hasJoined = false;
  let lost: Error | null = null;
  /** The broker has more than the driver brought. */
  let more = false;
  let settling: Promise<void> = Promise.resolve();

  const out = (): number => [...trackers.values()].reduce((sum, tracker) => sum + tracker.out(), 0);

  const member: Member = driver.member({
    topic,
    group,
    partitions: count,
    assigned(partitions, stayed) {
      buffer.clear();
      leaving = false;
      // One that was out of its group does not know whether that still is where it was.
      if (hasJoined && !stayed) settled.clear();
      hasJoined = true;
      for (const partition of trackers.keys()) if (!stayed || !partitions.includes(partition)) trackers.delete(partition);
      // What is at the reader stays there; the others begin where the group is.
      for (const tracker of trackers.values()) member.seek(tracker.partition, tracker.cursor());
      commits.open();
      room.tell();
      const anew = partitions.filter((partition) => !settled.has(partition));
      settling = anew.length > 0 ? settle(anew) : Promise.resolve();
      settling.catch(fail);
      changed.tell();
    },
    rejoining: () => commits.shut(),
    async records(partition, records, next, goesOn) {
      // What was fetched before it was settled where to begin is fetched again from there.
      if (!settled.has(partition)) {
        await settling.catch(() => undefined);
        return;
      }
      if (closed || leaving || lost !== null) return;
      const first = Number(records[0]?.offset);
      let tracker = trackers.get(partition);
      if (tracker !== undefined && first > tracker.cursor()) missed.gap(partition, tracker.cursor());
      // Offsets that go back are those of a topic that was made anew.
      if (tracker === undefined || first < tracker.cursor()) {
        tracker = createTracker(partition, first);
        trackers.set(partition, tracker);
        commits.stored(partition, first);
      }
      buffer.put(tracker, records, next);
      more ||= goesOn;
      // The other partitions of the same fetch come in the same turn.
      clock.soon(changed.tell);
      await room.next();
    },
    async handOver() {
      leaving = true;
      buffer.clear();
      let over = false;
      const cancel = clock.after(HAND_OVER_MS, () => {
        over = true;
        changed.tell();
      });
      while (out() > 0 && !over && !closed) await changed.next();
      cancel();
      await commits.flush("now").catch(() => undefined);
    },
    lost: fail,
  });
  const commits = createCommits(member, trackers, clock);

  function fail(error: unknown): void {
    lost ??= error instanceof Error ? error : new Error(String(error));
    buffer.clear();
    commits.open();
    room.tell();
    changed.tell();
  }
  /** A group's beginning is stored before anything is read. */
  async function settle(partitions: readonly number[]): Promise<void> {
    const begin = await positionsOf(driver, topic, group, partitions, starts, met.get(group) ?? new Map());
    await member.commit(begin);
    know(met, group);
    for (const [partition, { offset }] of begin) {
      trackers.set(partition, createTracker(partition, offset));
      commits.stored(partition, offset);
      settled.add(partition);
      member.seek(partition, offset);
    }
  }

  const joined = member.join().then(() => settling);
  joined.catch(fail);
  const patience = Promise.withResolvers<void>();
  const cancel = clock.after(JOIN_MS, patience.resolve);
  try {
    await Promise.race([joined, patience.promise]);
  } catch (error) {
    await member.leave().catch(() => undefined);
    throw error;
  } finally {
    cancel();
  }

  function take(): readonly Delivery[] {
    const batch = back.take(maxBatch);
    buffer.take(batch, maxBatch);
    // The next fetch goes while the reader works, where there is something to fetch: one that waits in vain hears of a rebalance too early.
    if (buffer.size() < maxBatch && more) room.tell();
    if (buffer.size() < maxBatch) more = false;
    return batch;
  }
  async function* batches(): AsyncGenerator<readonly Delivery[]> {
    while (!closed) {
      if (lost !== null) throw lost;
      const batch = paused || leaving ? [] : take();
      if (batch.length > 0) {
        yield batch;
        continue;
      }
      // Nothing is left and the reader waits.
      if (!paused && !leaving) room.tell();
      await changed.next();
    }
  }

  let closing: Promise<void> | null = null;
  async function leave(): Promise<void> {
    closed = true;
    back.close();
    changed.tell();
    // A member that goes before it has come is waited for by the others.
    await Promise.race([joined.catch(() => undefined), patience.promise]);
    await commits.flush("now").catch(() => undefined);
    trackers.clear();
    buffer.clear();
    room.tell();
    await member.leave();
  }
  const close = (): Promise<void> => (closing ??= leave());

  return {
    batches: { [Symbol.asyncIterator]: batches },
    async ack(deliveries) {
      // Who is no member any more acknowledges nothing, and who waits for it does not hear that this one has ended.
      if (closed || lost !== null) return;
      for (const { partition, offset } of deliveries) trackers.get(partition)?.ack(Number(offset));
      const stood = know(met, group);
      for (const [partition, tracker] of trackers) {
        const last = tracker.last();
        if (last !== null) stood.set(partition, last);
      }
      if (leaving) changed.tell();
      await commits.flush();
    },
    async giveBack(deliveries, delayMs) {
      if (closed) return;
      back.add(deliveries, delayMs);
      if (leaving) changed.tell();
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      changed.tell();
    },
    lag: () => lagOf(driver, topic, group, trackers, starts),
    close,
    [Symbol.asyncDispose]: close,
  };
}
