import type { Delivery } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";

/** What was given back, until it is delivered again. It stays this member's meanwhile. */
export interface Back {
  has(offset: string): boolean;
  add(deliveries: readonly Delivery[], delayMs: number): void;
  /** What is due. */
  take(most: number): readonly Delivery[];
  clear(): void;
}

export function createBack(clock: Clock, wake: () => void): Back {
  const delayed = new Map<string, () => void>();
  let due: Delivery[] = [];
  return {
    has: (offset) => delayed.has(offset) || due.some((one) => one.offset === offset),
    add(deliveries, delayMs) {
      for (const delivery of deliveries) {
        const cancel = clock.after(delayMs, () => {
          delayed.delete(delivery.offset);
          due.push(delivery);
          wake();
        });
        delayed.set(delivery.offset, cancel);
      }
    },
    take: (most) => due.splice(0, most),
    clear() {
      for (const cancel of delayed.values()) cancel();
      delayed.clear();
      due = [];
    },
  };
}
