import type { Delivery } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Tracker } from "./tracker.js";

/** What the reader gave back, until it has it again. Kafka cannot delay a message: its member keeps it. */
export interface Redelivery {
  /** Of these, what is at the reader is due in `delayMs`. */
  add(deliveries: readonly Delivery[], delayMs: number): void;
  /** At most so many that are due, and then at the reader; nothing of partitions that another member has, or had meanwhile. */
  take(most: number): Delivery[];
  /** Nothing more gets due. */
  close(): void;
}

interface Back {
  /** A partition that comes again after it was another member's has a new one. */
  readonly tracker: Tracker;
  readonly delivery: Delivery;
}

export function createRedelivery(trackers: ReadonlyMap<number, Tracker>, clock: Clock, wake: () => void): Redelivery {
  const delays = new Set<() => void>();
  const due: Back[] = [];
  return {
    add(deliveries, delayMs) {
      const back = deliveries.flatMap((delivery): readonly Back[] => {
        const tracker = trackers.get(delivery.partition);
        const attempt = tracker?.giveBack(Number(delivery.offset)) ?? null;
        return tracker === undefined || attempt === null ? [] : [{ tracker, delivery: { ...delivery, attempt } }];
      });
      if (back.length === 0) return;
      const cancel = clock.after(delayMs, () => {
        delays.delete(cancel);
        due.push(...back);
        wake();
      });
      delays.add(cancel);
    },
    take(most) {
      if (due.length === 0) return [];
      const mine = due.splice(0, most).filter(({ tracker, delivery }) => trackers.get(tracker.partition) === tracker && tracker.again(Number(delivery.offset)));
      return mine.map(({ delivery }) => delivery);
    },
    close() {
      for (const cancel of delays) cancel();
    },
  };
}
