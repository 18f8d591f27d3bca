import { asText, fromText } from "../../core/bytes.js";
import { CLAIM, CLAIM_BYTES, CLAIM_MS, claimKey } from "../../core/claim.js";
import type { Bus, Delivery, Outgoing, Subscription } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Store } from "../../core/ports/store.js";
import { patiently } from "../patience.js";

/**
 * I39: a bus whose messages may have their bodies in the store. On the way out the body is put before the message is
 * published, under its stable id; on the way in it is there again. One that is gone is left as it came, with its header.
 */
export function claimBus(bus: Bus, { store, clock }: { readonly store: Pick<Store, "putBody" | "body">; readonly clock: Clock }, stopped: () => boolean): Bus {
  async function whole(delivery: Delivery): Promise<Delivery> {
    const { [CLAIM]: claim, ...headers } = delivery.headers;
    if (claim === undefined) return delivery;
    const body = await patiently(clock, stopped, () => store.body(claimKey(delivery.topic, claim)));
    return body === null ? delivery : { ...delivery, ...fromText({ headers, body }, CLAIM_BYTES) };
  }

  return {
    ...bus,
    publish: async (messages) => bus.publish(messages.some(({ headers }) => headers[CLAIM] === "") ? await Promise.all(messages.map((message) => apart(message, store, clock))) : messages),
    subscribe: async (options) => withBodies(await bus.subscribe(options), whole),
  };
}

/** The message with its body in the store, where its header asks for that. */
export async function apart(message: Outgoing, store: Pick<Store, "putBody">, clock: Pick<Clock, "now">): Promise<Outgoing> {
  if (message.headers[CLAIM] !== "") return message;
  const { topic, id } = message;
  const { body, headers } = asText(message, CLAIM_BYTES);
  await store.putBody({ key: claimKey(topic, id), body, until: clock.now() + CLAIM_MS });
  return { ...message, headers: { ...headers, [CLAIM]: id }, body: JSON.stringify({ claim: id, bytes: Buffer.byteLength(message.body) }) };
}

/** Deliveries are given back to the bus as it gave them. */
function withBodies(subscription: Subscription, whole: (delivery: Delivery) => Promise<Delivery>): Subscription {
  const came = new WeakMap<Delivery, Delivery>();
  const original = (deliveries: readonly Delivery[]): readonly Delivery[] => (deliveries.some((one) => came.has(one)) ? deliveries.map((one) => came.get(one) ?? one) : deliveries);
  return {
    ...subscription,
    batches: resolved(),
    ack: (deliveries) => subscription.ack(original(deliveries)),
    giveBack: (deliveries, delayMs) => subscription.giveBack(original(deliveries), delayMs),
  };

  async function* resolved(): AsyncGenerator<readonly Delivery[]> {
    for await (const batch of subscription.batches) {
      if (batch.every(({ headers }) => headers[CLAIM] === undefined)) {
        yield batch;
        continue;
      }
      const made = await Promise.all(batch.map(whole));
      for (const [index, one] of batch.entries()) {
        const delivery = made[index];
        if (delivery !== undefined && delivery !== one) came.set(delivery, one);
      }
      yield made;
    }
  }
}
