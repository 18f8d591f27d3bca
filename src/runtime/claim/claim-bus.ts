import { asText, fromText } from "../../core/bytes.js";
import { CLAIM, CLAIM_BYTES, CLAIM_MS, claimKey } from "../../core/claim.js";
import type { Bus, Delivery, Outgoing } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Store } from "../../core/ports/store.js";
import { mapDeliveries } from "../map-deliveries.js";
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
    subscribe: async (options) => mapDeliveries(await bus.subscribe(options), ({ headers }) => headers[CLAIM] !== undefined, whole),
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
