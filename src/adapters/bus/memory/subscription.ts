import type { Delivery, Subscription } from "../../../core/ports/bus.js";
import type { Clock } from "../../../core/ports/clock.js";
import type { Group, Member } from "./group.js";
import type { Progress } from "./progress.js";
import type { Topic } from "./topic.js";

/** Nothing is fetched ahead: a batch is made when the reader asks for it, which is the back-pressure. */
export function createSubscription(topic: Topic, group: Group, maxBatch: number, clock: Clock): Subscription {
  let closed = false;
  let paused = false;
  let turn = 0;
  /** Offsets that this member was given and still holds, by partition: what it says of others has no effect. */
  const held = topic.partitions.map(() => new Set<number>());
  const delays = new Set<() => void>();
  let waiting: (() => void) | null = null;
  const wake = (): void => {
    const resolve = waiting;
    waiting = null;
    resolve?.();
  };
  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const release of [...delays]) release();
    group.leave(member);
    wake();
  };
  const member: Member = { wake, close };
  group.join(member);

  const take = (): Delivery[] => {
    const batch: Delivery[] = [];
    const mine = group.partitionsOf(member);
    for (let step = 0; step < mine.length && batch.length < maxBatch; step += 1) {
      const progress = mine[(turn + step) % mine.length];
      if (progress !== undefined) takeFrom(progress, batch);
    }
    turn += 1;
    return batch;
  };
  const takeFrom = (progress: Progress, batch: Delivery[]): void => {
    const { partition } = progress;
    while (batch.length < maxBatch) {
      const next = progress.take();
      if (next === null) return;
      const record = partition.records[next.offset - partition.base];
      if (record === undefined) continue;
      held[partition.index]?.add(next.offset);
      batch.push({ topic: topic.name, partition: partition.index, offset: String(next.offset), key: record.key, headers: record.headers, timestamp: record.timestamp, body: record.body, attempt: next.attempt });
    }
  };
  /** The progress of what this member holds; it holds it no more. */
  const letGo = (delivery: Delivery): { progress: Progress; offset: number } | null => {
    const offset = Number(delivery.offset);
    const progress = group.progress(delivery.partition);
    return !closed && progress !== undefined && held[delivery.partition]?.delete(offset) === true ? { progress, offset } : null;
  };

  return {
    batches: {
      async *[Symbol.asyncIterator]() {
        while (!closed) {
          const batch = paused ? [] : take();
          if (batch.length > 0) yield batch;
          else {
            await new Promise<void>((resolve) => {
              waiting = resolve;
            });
          }
        }
      },
    },
    async ack(deliveries) {
      for (const delivery of deliveries) {
        const mine = letGo(delivery);
        mine?.progress.ack(mine.offset);
      }
      if (group.members.length > 1) group.wake();
    },
    async giveBack(deliveries, delayMs) {
      const again = deliveries.flatMap((delivery) => {
        const mine = letGo(delivery);
        return mine === null ? [] : [mine.progress.giveBack(mine.offset)];
      });
      const release = (): void => {
        delays.delete(release);
        cancel();
        for (const one of again) one();
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
      wake();
    },
    lag: async () => group.lag(),
    close: async () => close(),
    [Symbol.asyncDispose]: async () => close(),
  };
}
