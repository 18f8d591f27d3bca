import type { Delivery, Subscription } from "../../../core/ports/bus.js";
import type { Clock } from "../../../core/ports/clock.js";
import type { Group, Member } from "./group.js";
import type { Progress } from "./progress.js";

/** Nothing is fetched ahead: a batch is made when the reader asks for it, which is the back-pressure. */
export function createSubscription(group: Group, maxBatch: number, clock: Clock): Subscription {
  let closed = false;
  let paused = false;
  let turn = 0;
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
    for (const release of delays) release();
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
      const offset = progress.take();
      const record = partition.records[offset - partition.base];
      if (record === undefined) return;
      const attempt = progress.attempt(offset);
      batch.push(attempt === 1 ? record : { ...record, attempt });
    }
  };
  return {
    batches: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          if (closed) return;
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
      // A closed member holds no partition: what it says has no effect.
      let held: Progress | undefined;
      for (const { partition, offset } of deliveries) {
        if (held?.partition.index !== partition) held = group.heldBy(member, partition);
        held?.ack(Number(offset));
      }
      if (group.members.length > 1) group.wake();
    },
    async giveBack(deliveries, delayMs) {
      const again = deliveries.map(({ partition, offset }) => group.heldBy(member, partition)?.giveBack(Number(offset)));
      const release = (): void => {
        delays.delete(release);
        cancel();
        for (const one of again) one?.();
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
