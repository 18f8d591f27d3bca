import { setTimeout as passes } from "node:timers/promises";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import { connectRedis } from "../../../src/adapters/redis/broker.js";
import type { BrokerConnection } from "../../../src/core/broker.js";
import type { Broker, TopicNeed } from "../../../src/core/ports/broker.js";

export { passes };

const DAY = 86_400_000;
export const connectionTo = (url: string, more: Partial<BrokerConnection> = {}): BrokerConnection => ({ urls: [url], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 7 * DAY, partitions: 1 }, ...more });
export const connect = (url: string, more?: Partial<BrokerConnection>): Promise<Broker> => connectRedis(connectionTo(url, more), { clock: systemClock, random: systemRandom });

/** A name that nobody has used. */
export const unused = (): string => `t-${systemRandom.id()}`;
export const needOf = (topic: string): TopicNeed => ({ topic, groups: [], dedupeMs: null, dlq: false });
export async function madeTopic({ provisioner }: Broker): Promise<string> {
  const topic = unused();
  await provisioner.apply([needOf(topic)]);
  return topic;
}
