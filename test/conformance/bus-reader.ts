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
      while (came.length < count) {
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      }
      return came.splice(0, count);
    },
  };
}

export const message = (topic: string, key: string | null, at: number): Outgoing => ({ topic, key, id: `${key}-${at}`, headers: { "flowctl-id": `${key}-${at}` }, body: JSON.stringify({ at }) });
export const textOf = (delivery: Delivery | undefined): string => (typeof delivery?.body === "string" ? delivery.body : new TextDecoder().decode(delivery?.body));
export const numberOf = (delivery: Delivery | undefined): number => Number(/\d+/.exec(textOf(delivery))?.[0]);
