import { expect, test } from "vitest";
import { systemClock } from "../../src/adapters/clock/system.js";
import { connectKafka } from "../../src/adapters/kafka/broker.js";
import { connectNats } from "../../src/adapters/nats/broker.js";
import { systemRandom } from "../../src/adapters/random/system.js";
import { connectRedis } from "../../src/adapters/redis/broker.js";
import type { BrokerConnection } from "../../src/core/broker.js";
import type { Broker } from "../../src/core/ports/broker.js";

const ports = { clock: systemClock, random: systemRandom };
const BROKERS: readonly (readonly [scheme: string, connect: (connection: BrokerConnection) => Promise<Broker>])[] = [
  ["nats", (connection) => connectNats(connection, ports)],
  ["kafka", (connection) => connectKafka(connection, ports)],
  ["redis", (connection) => connectRedis(connection, ports)],
];

test.each(BROKERS)("%s: a password in the url that is not written as a url wants it is in no message", async (scheme, connect) => {
  for (const password of ["s3c/r3t", "s3c%r3t", "s3c@r3t", "s3c#r3t", "s3c?r3t", "s3c:r3t"]) {
    const refused = connect({ urls: [`${scheme}://app:${password}@127.0.0.1:1`], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 86_400_000, partitions: 1 } });
    await expect(refused).rejects.toMatchObject({ code: "FC6043", message: expect.not.stringMatching(/s3c|r3t/) });
  }
});
