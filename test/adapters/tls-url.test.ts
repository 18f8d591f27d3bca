import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/adapters/clock/system.js";
import { connectKafka } from "../../src/adapters/kafka/broker.js";
import { connectNats } from "../../src/adapters/nats/broker.js";
import { systemRandom } from "../../src/adapters/random/system.js";
import { connectRedis } from "../../src/adapters/redis/broker.js";
import type { BrokerConnection } from "../../src/core/broker.js";
import type { Broker } from "../../src/core/ports/broker.js";

const ports = { clock: systemClock, random: systemRandom };
const PASSWORD = "s3cret";

/** Speaks no TLS, greets, and keeps what it is told: a server without a certificate, or somebody in between. */
async function listenPlainly(greeting: string): Promise<{ readonly at: string; readonly told: () => Buffer }> {
  const told: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      told.push(data);
      socket.end();
    });
    socket.write(greeting);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return { at: `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`, told: () => Buffer.concat(told) };
}

const refusal = async (connect: (connection: BrokerConnection) => Promise<Broker>, url: string, tls: BrokerConnection["tls"] = null): Promise<unknown> => {
  try {
    await using broker = await connect({ urls: [url], tls, mechanism: "plain", username: "app", password: PASSWORD, topics: { replicas: 1, retention: 86_400_000, partitions: 1 } });
    return broker;
  } catch (error) {
    return error;
  }
};

const INFO = `INFO ${JSON.stringify({ server_id: "x", server_name: "x", version: "2.12.0", proto: 1, host: "127.0.0.1", port: 4222, headers: true, max_payload: 1_048_576, jetstream: true })}\r\n`;

test.each(["tls", "TLS"])("NATS: a server without TLS is refused by `%s://` as by `tls: {}`, and is told nothing", async (scheme) => {
  const { at, told } = await listenPlainly(INFO);
  const connect = (connection: BrokerConnection): Promise<Broker> => connectNats(connection, ports);
  const error = await refusal(connect, `${scheme}://${at}`);
  expect(error).toMatchObject({ code: "FC6043", message: expect.stringContaining("server does not support 'tls'") });
  expect(await refusal(connect, `nats://${at}`, {})).toEqual(error);
  expect(told().toString()).toBe("");
});

/** The first byte of a TLS handshake. */
const HANDSHAKE = 0x16;

test.each(["SASL_SSL", "kafka+ssl", "ssl"])("Kafka: `%s://` in a secret is TLS, and the password is not shown without", async (scheme) => {
  const { at, told } = await listenPlainly("");
  expect(await refusal((connection) => connectKafka(connection, ports), `${scheme}://${at}`)).toMatchObject({ code: "FC6043" });
  expect(told()[0]).toBe(HANDSHAKE);
  expect(told().toString()).not.toContain(PASSWORD);
});

test("Redis: `rediss://` is TLS, and the password is not shown without", async () => {
  const { at, told } = await listenPlainly("");
  expect(await refusal((connection) => connectRedis(connection, ports), `rediss://${at}`)).toMatchObject({ code: "FC6043" });
  expect(told()[0]).toBe(HANDSHAKE);
  expect(told().toString()).not.toContain(PASSWORD);
});
