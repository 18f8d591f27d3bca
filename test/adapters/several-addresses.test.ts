import dns from "node:dns";
import pg from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openRegistry } from "../../src/adapters/format/registry/registry.js";
import { connectKafka } from "../../src/adapters/kafka/broker.js";
import { openaiProvider } from "../../src/adapters/model/openai/provider.js";
import { failureOf } from "../../src/adapters/postgres/failure.js";
import { openLink } from "../../src/adapters/redis/link.js";
import { settingsOf } from "../../src/adapters/redis/settings.js";
import { openHttpConnections } from "../../src/adapters/tool/http/connections.js";
import { openHttpTool } from "../../src/adapters/tool/http/tool.js";
import { systemClock } from "../../src/adapters/clock/system.js";
import type { BrokerConnection } from "../../src/core/broker.js";
import { virtualClock } from "../support/virtual-clock.js";

/** As `localhost` is on many machines. Where none of its addresses answers Node.js throws an error without words. */
const HOST = "both.test";
const ADDRESSES = [{ address: "127.0.0.1", family: 4 }, { address: "::1", family: 6 }];

beforeEach(() => {
  const lookup = (...args: readonly unknown[]): void => {
    const answer = args.at(-1);
    if (typeof answer === "function") answer(null, ADDRESSES);
  };
  vi.spyOn(dns, "lookup").mockImplementation(Object.assign(lookup, { __promisify__: dns.lookup.__promisify__ }));
});
afterEach(() => void vi.restoreAllMocks());

/** What a person reads. */
async function told(act: () => Promise<unknown>): Promise<string> {
  const thrown: unknown = await act().then(() => null, (error: unknown) => error);
  return thrown instanceof Error ? thrown.message : String(thrown);
}
const broker: BrokerConnection = { urls: [`${HOST}:2`], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 1, partitions: 1 } };
const REFUSED = /ECONNREFUSED/;

test("a tool over HTTP", async () => {
  await using connections = openHttpConnections({ allow: [HOST] });
  const plan = { kind: "http", method: "POST", urlFields: [], answer: "json", input: "i", effect: "write", idempotency: { kind: "none" }, errors: {} } as const;
  const tool = openHttpTool({ plan, url: () => Promise.resolve(`http://${HOST}:2/x`), headers: () => Promise.resolve({}), connections });
  expect(await told(() => tool.call({ input: {}, key: "k", attempt: 1, signal: new AbortController().signal, log: () => undefined, run: { id: "r", flow: "f", path: "p" } }))).toMatch(REFUSED);
});

test("a model", async () => {
  const model = await openaiProvider({ text: () => Promise.resolve(`http://${HOST}:2/v1`), env: { OPENAI_API_KEY: "k" } }).open({ provider: "openai", model: "m", api: "chat", options: {} }, { folder: ".", baseUrl: [`http://${HOST}:2/v1`] });
  const caller = { flow: "f", agent: "a", run: "r", path: "a~0", input: null };
  expect(await told(() => model.complete({ messages: [{ role: "user", text: "hello" }], tools: [] }, { signal: new AbortController().signal, onText: null, caller }))).toMatch(REFUSED);
});

test("a schema registry", async () => {
  await using registry = openRegistry({ urls: [`http://${HOST}:2`], tls: null, authorization: null, register: true }, virtualClock());
  expect(await told(() => registry.schema(1))).toMatch(REFUSED);
});

test("PostgreSQL", async () => {
  const place = { host: HOST, port: 2, database: "flowctl" };
  const client = new pg.Client(place);
  expect(await told(() => client.connect().catch((thrown: unknown) => Promise.reject(failureOf(thrown, place))))).toMatch(REFUSED);
});

test("Redis", async () => {
  expect(await told(() => openLink(settingsOf({ ...broker, urls: [`redis://${HOST}:2`] })))).toMatch(REFUSED);
});

test("Kafka", async () => {
  expect(await told(() => connectKafka(broker, { clock: systemClock }))).toMatch(REFUSED);
});
