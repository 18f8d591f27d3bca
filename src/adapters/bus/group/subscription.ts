import type { Delivery, Subscription } from "../../../core/ports/bus.js";
import type { Clock } from "../../../core/ports/clock.js";
import { createSignal } from "../../../core/signal.js";
import type { Group, Member } from "./group.js";
import type { Progress } from "./progress.js";

/** Where the deliveries of a group come from. */
export interface Records {
  /** To be delivered now. Null: not in memory. */
  get(partition: number, offset: number): Delivery | null;
  /** Brings these into memory, and some that follow them. */
  load(missing: readonly Missing[]): Promise<void>;
  /** Will be asked for again, out of order. */
  keep(delivery: Delivery): void;
  /** The group's cursors moved. */
  moved(): void;
  /** What the group has acknowledged or given back changed; `closed` resolves when that is recorded. */
  changed(): void;
  closed(): Promise<void>;
}
export interface Missing {
  readonly partition: number;
  readonly offset: number;
}

/** A run of offsets in a batch. */
interface Taken {
  readonly progress: Progress;
  readonly from: number;
  readonly to: number;
}

/** Nothing is fetched ahead: a batch is made when the reader asks for it, which is the back-pressure. */
export function createSubscription(group: Group, records: Records, maxBatch: number, clock: Clock): Subscription {
  let closed = false;
  let paused = false;
  let turn = 0;
  const delays = new Set<() => void>();
  const changed = createSignal();
  /** The last batch and what it holds, where none of it came again: acknowledged as a whole, nobody looks at its messages. */
  let last: readonly Delivery[] | null = null;
  let taken: Taken[] = [];
  const leave = (): void => {
    if (closed) return;
    closed = true;
    for (const release of delays) release();
    group.leave(member);
    records.changed();
    changed.tell();
  };
  const close = async (): Promise<void> => {
    leave();
    await records.closed();
  };
  const member: Member = { wake: changed.tell, close: leave };
  group.join(member);

  const take = (missing: Missing[]): Delivery[] => {
    const batch: Delivery[] = [];
    last = batch;
    taken = [];
    const mine = group.partitionsOf(member);
    for (let step = 0; step < mine.length && batch.length < maxBatch; step += 1) {
      const progress = mine[(turn + step) % mine.length];
      if (progress !== undefined) takeFrom(progress, batch, missing);
    }
    turn += 1;
    if (batch.length > 0) records.moved();
    return batch;
  };
  const takeFrom = (progress: Progress, batch: Delivery[], missing: Missing[]): void => {
    const { partition } = progress;
    const from = progress.cursor();
    const end = Math.min(progress.plainEnd(), from + maxBatch - batch.length);
    let to = from;
    for (; to < end; to += 1) {
      const record = records.get(partition, to);
      if (record === null) break;
      batch.push(record);
    }
    if (to > from) {
      progress.takePlain(to);
      taken.push({ progress, from, to });
    }
    while (batch.length < maxBatch) {
      const offset = progress.next();
      if (offset < 0) return;
      const record = records.get(partition, offset);
      if (record === null) {
        missing.push({ partition, offset });
        return;
      }
      last = null;
      progress.take();
      const attempt = progress.attempt(offset);
      batch.push(record.attempt === attempt ? record : { ...record, attempt });
    }
  };
  return {
    batches: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          if (closed) return;
          const missing: Missing[] = [];
          const batch = paused ? [] : take(missing);
          if (batch.length > 0) yield batch;
          else if (missing.length > 0) await records.load(missing);
          else await changed.next();
        }
      },
    },
    async ack(deliveries) {
      // A closed member holds no partition: what it says has no effect.
      if (deliveries === last) {
        for (const { progress, from, to } of taken) group.heldBy(member, progress.partition)?.ackSpan(from, to);
      } else {
        let held: Progress | undefined;
        for (const { partition, offset } of deliveries) {
          if (held?.partition !== partition) held = group.heldBy(member, partition);
          held?.ack(Number(offset));
        }
      }
      records.changed();
      if (group.members.length > 1) group.wake();
    },
    async giveBack(deliveries, delayMs) {
      const again: (() => void)[] = [];
      for (const delivery of deliveries) {
        const due = group.heldBy(member, delivery.partition)?.giveBack(Number(delivery.offset)) ?? null;
        if (due === null) continue;
        records.keep(delivery);
        again.push(due);
      }
      if (again.length === 0) return;
      records.changed();
      const release = (): void => {
        delays.delete(release);
        cancel();
        for (const due of again) due();
        group.wake();
      };
      const cancel = clock.after(delayMs, release);
      delays.add(release);
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      changed.tell();
    },
    lag: async () => group.lag(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
