// Real brokers for the cases: ours through its adapters, and each client library used by hand.
import { kafkaByHand } from "./brokers/kafka.mjs";
import { natsByHand } from "./brokers/nats.mjs";
import { redisByHand } from "./brokers/redis.mjs";
import { urlOf } from "./brokers/server.mjs";
import { fromSources } from "./bundle.mjs";

const { connectNats, connectKafka, connectRedis, systemClock, systemRandom } = await fromSources(`
  export { connectNats } from "./src/adapters/nats/broker.js";
  export { connectKafka } from "./src/adapters/kafka/broker.js";
  export { connectRedis } from "./src/adapters/redis/broker.js";
  export { systemClock } from "./src/adapters/clock/system.js";
  export { systemRandom } from "./src/adapters/random/system.js";
`);

const connectors = { nats: connectNats, kafka: connectKafka, redis: connectRedis };

/** Ours, connected. */
export async function ours(kind) {
  const connection = { urls: [await urlOf(kind)], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 3_600_000, partitions: 8 } };
  return await connectors[kind](connection, { clock: systemClock, random: systemRandom });
}

/**
 * The client by hand. `consume` hands bodies over in batches, acknowledges each batch behind `handle`, and resolves after
 * `count` messages with the ms from the first of them to the last acknowledgement; `listen` hears what comes from now on.
 */
export const byHand = { nats: natsByHand, kafka: kafkaByHand, redis: redisByHand };

/** What the flow `relay` makes of a message, by hand. */
export function decision(body) {
  const { id, sku, qty, rate } = JSON.parse(body);
  return JSON.stringify({ id, sku, minutes: (qty / rate) * 60 });
}
