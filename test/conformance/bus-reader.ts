import type { Delivery, Outgoing, Subscription } from "../../src/core/ports/bus.js";

export interface Reader {
  readonly subscription: Subscription;
  readonly sizes: number[];
  readonly ended: Promise<void>;
  /** The next `count` deliveries, over batches. */
  take(count: number): Promise<Delivery[]>;
  /** Deliveries that came and were not taken. */
  waiting(): number;
}

/** Sooner than a test is over, which does not say where it stood. */
const LATE_MS = 45_000;

/** Reads all the time, as a runtime does. */
export function read(subscription: Subscription): Reader {
  const came: Delivery[] = [];
  const sizes: number[] = [];
  let notify = (): void => undefined;
  const pump = async (): Promise<void> => {
    for await (const batch of subscription.batches) {
      sizes.push(batch.length);
      came.push(...batch);
      notify();
    }
  };
  return {
    subscription,
    sizes,
    ended: pump(),
    waiting: () => came.length,
    async take(count) {
      const over = Promise.withResolvers<never>();
      const late = setTimeout(() => over.reject(new Error(`${came.length} of ${count} messages came in ${LATE_MS / 1000} s`)), LATE_MS);
      try {
        while (came.length < count) {
          const next = new Promise<void>((resolve) => {
            notify = resolve;
          });
          await Promise.race([next, over.promise]);
        }
      } finally {
        clearTimeout(late);
      }
      return came.splice(0, count);
    },
  };
}

export const message = (topic: string, key: string | null, at: number): Outgoing => ({ topic, key, id: `${key}-${at}`, headers: { "flowctl-id": `${key}-${at}` }, body: JSON.stringify({ at }) });
export const textOf = (delivery: Delivery | undefined): string => (typeof delivery?.body === "string" ? delivery.body : new TextDecoder().decode(delivery?.body));
export const numberOf = (delivery: Delivery | undefined): number => Number(/\d+/.exec(textOf(delivery))?.[0]);
