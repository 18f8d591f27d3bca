import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../../../src/core/ports/broker.js";
import type { BrokerConnection } from "../../../src/core/broker.js";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { connectKafka } from "../../../src/adapters/kafka/broker.js";
import { needOf } from "../../conformance/broker.js";

/** The test server takes messages of 1 MB, as Kafka does where nobody says otherwise. */
const TOO_LARGE = 1_100_000;
/** Enough for a group to share, and few for a small server. */
const PARTITIONS = 6;

export const connectionTo = (url: string): BrokerConnection => ({ urls: [url], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 3_600_000, partitions: PARTITIONS } });
export const connectAt = (url: string, more: Partial<BrokerConnection> = {}): Promise<Broker> => connectKafka({ ...connectionTo(url), ...more }, { clock: systemClock });

export const unused = (): string => `test.t${randomUUID().slice(0, 8)}`;

export async function kafkaHarness(url: string) {
  const broker = await connectAt(url);
  const topic = async (): Promise<string> => {
    const name = unused();
    await broker.provisioner.apply([needOf(name)]);
    return name;
  };
  return {
    bus: { ...broker.bus, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() },
    topic,
    tooLarge: TOO_LARGE,
    passes: (ms: number) => sleep(ms),
    reopen: async () => {
      const again = await connectAt(url);
      return { ...again.bus, [Symbol.asyncDispose]: () => again[Symbol.asyncDispose]() };
    },
  };
}
