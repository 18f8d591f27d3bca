import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { connectNats } from "../../../src/adapters/nats/broker.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import type { Broker } from "../../../src/core/ports/broker.js";
import type { Bus } from "../../../src/core/ports/bus.js";
import { needOf } from "../../conformance/broker.js";

const DAY = 86_400_000;

export const connectAt = (url: string): Promise<Broker> => connectNats({ urls: [url], tls: null, mechanism: "plain", topics: { replicas: 1, retention: DAY, partitions: 1 } }, { clock: systemClock, random: systemRandom });

export const unused = (): string => `test.${randomUUID().slice(0, 8)}.t`;

/** A Bus, with topics made when they are asked for; closing it closes its connection. */
export async function natsHarness(url: string) {
  const connect = async (): Promise<{ readonly bus: Bus; readonly broker: Broker }> => {
    const broker = await connectAt(url);
    return { broker, bus: { ...broker.bus, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() } };
  };
  const { bus, broker } = await connect();
  return {
    bus,
    reopen: async () => (await connect()).bus,
    async topic() {
      const topic = unused();
      await broker.provisioner.apply([{ ...needOf(topic), groups: [{ group: "bucket", from: "earliest", ordered: true }] }]);
      return topic;
    },
    passes: (ms: number) => sleep(ms),
    tooLarge: 2 * 1024 * 1024,
  };
}
