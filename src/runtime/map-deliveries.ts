import type { Delivery, Subscription } from "../core/ports/bus.js";

/** A subscription that gives something else for those deliveries that `changes` names. What is acknowledged or given back reaches `subscription` as it gave it. */
export function mapDeliveries(subscription: Subscription, changes: (delivery: Delivery) => boolean, change: (delivery: Delivery) => Promise<Delivery>): Subscription {
  const originals = new WeakMap<Delivery, Delivery>();
  const original = (deliveries: readonly Delivery[]): readonly Delivery[] => (deliveries.some((one) => originals.has(one)) ? deliveries.map((one) => originals.get(one) ?? one) : deliveries);
  return {
    ...subscription,
    batches: mapped(),
    ack: (deliveries) => subscription.ack(original(deliveries)),
    giveBack: (deliveries, delayMs) => subscription.giveBack(original(deliveries), delayMs),
  };

  async function* mapped(): AsyncGenerator<readonly Delivery[]> {
    // A batch of which nothing changes is passed on as it is: the embedded bus acknowledges the very list that it gave at once.
    for await (const batch of subscription.batches) yield batch.some(changes) ? await Promise.all(batch.map(mappedOne)) : batch;
  }
  async function mappedOne(delivery: Delivery): Promise<Delivery> {
    if (!changes(delivery)) return delivery;
    const changed = await change(delivery);
    if (changed !== delivery) originals.set(changed, delivery);
    return changed;
  }
}
