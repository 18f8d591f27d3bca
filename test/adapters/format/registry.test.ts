import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { avroCodec } from "../../../src/adapters/format/avro/codec.js";
import { RegistryAway } from "../../../src/adapters/format/registry/away.js";
import { openRegistry, type Registry } from "../../../src/adapters/format/registry/registry.js";
import { registeredBodies } from "../../../src/adapters/format/topic-format.js";
import { SCHEMA_ID } from "../../../src/core/format/schema-id.js";
import type { Json } from "../../../src/core/json.js";
import { schemaRegistry, type SchemaRegistry } from "../../support/schema-registry.js";
import { virtualClock } from "../../support/virtual-clock.js";

const order = (...more: readonly Json[]): Json => ({ type: "record", name: "Order", fields: [{ name: "id", type: "string" }, ...more] });
const codec = avroCodec(order());
const open = (server: SchemaRegistry, more: object = {}): Registry => openRegistry({ urls: [server.url], tls: null, authorization: null, register: true, ...more }, virtualClock());

describe("a schema registry", () => {
  test("a schema is registered once, and asked for once", async () => {
    await using server = await schemaRegistry();
    await using registry = open(server);
    const bodies = registeredBodies(codec, { registry, subject: "a/b-value", register: true });
    const [one] = await Promise.all([bodies.encode({ id: "1" }), bodies.encode({ id: "2" })]);
    expect(Buffer.from(one).toString("hex")).toBe(`0000000001${Buffer.from(codec.encode({ id: "1" })).toString("hex")}`);
    expect(await bodies.decode(one, {})).toEqual({ is: "value", value: { id: "1" } });
    expect(bodies.decode(one, {}), "a known schema needs no question").toEqual({ is: "value", value: { id: "1" } });
    expect(server.asked).toEqual(["POST /subjects/a%2Fb-value", "POST /subjects/a%2Fb-value/versions", "GET /schemas/ids/1"]);
  });

  test("a password that is renewed is shown with the next request", async () => {
    await using server = await schemaRegistry({ authorization: "Bearer second" });
    let authorization = "Bearer first";
    await using registry = open(server, { authorization, renewed: () => ({ tls: null, authorization }) });
    await expect(registry.level("a")).rejects.toMatchObject({ code: "FC6061" });
    authorization = "Bearer second";
    expect(await registry.level("a")).toBe("BACKWARD");
  });

  test("one whose answer drips is away, and another one answers for it", { timeout: 60_000 }, async () => {
    const drips: NodeJS.Timeout[] = [];
    const dripping = createServer((_, response) => {
      response.writeHead(200);
      drips.push(setInterval(() => response.write(" "), 200));
    }).listen(0, "127.0.0.1");
    onTestFinished(() => {
      for (const one of drips) clearInterval(one);
      dripping.closeAllConnections();
      dripping.close();
    });
    await once(dripping, "listening");
    const address = dripping.address();
    await using server = await schemaRegistry();
    const id = server.add("orders-value", order());
    await using registry = open(server, { urls: [`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`, server.url] });
    expect(await registry.schema(id)).toMatchObject({ schemaType: "AVRO" });
  });

  test("a message whose schema's GUID stands in a header is read", async () => {
    await using server = await schemaRegistry();
    await using registry = open(server);
    const id = server.add("orders-value", order({ name: "n", type: "int" }));
    const bodies = registeredBodies(codec, { registry, subject: "orders-value", register: true });
    const body = avroCodec(order({ name: "n", type: "int" })).encode({ id: "x", n: 1 });
    expect(await bodies.decode(body, { [SCHEMA_ID]: `01${server.guid(id).replaceAll("-", "")}` })).toEqual({ is: "value", value: { id: "x" } });
    expect(await bodies.decode(body, { [SCHEMA_ID]: "00ff" })).toEqual({ is: "problem", problem: "its header `__value_schema_id` holds no GUID of a schema" });
    expect(await bodies.decode(body, { [SCHEMA_ID]: `01${"0".repeat(32)}` })).toMatchObject({ is: "problem" });
  });

  test("one that is away rejects, and is no poison; a second server answers for the first", async () => {
    await using server = await schemaRegistry();
    await using other = await schemaRegistry();
    const id = server.add("orders-value", order());
    other.add("orders-value", order());
    await using registry = open(server);
    const bodies = registeredBodies(codec, { registry, subject: "orders-value", register: true });
    const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, id]), codec.encode({ id: "x" })]);
    server.away(true);
    await expect(Promise.resolve(bodies.decode(framed, {}))).rejects.toThrow(RegistryAway);
    await expect(bodies.encode({ id: "x" })).rejects.toThrow("answers 503");
    await using both = open(server, { urls: [server.url, other.url] });
    expect(await both.schema(id)).toMatchObject({ schemaType: "AVRO" });
    server.away(false);
    expect(await bodies.decode(framed, {})).toEqual({ is: "value", value: { id: "x" } });
    expect(await bodies.encode({ id: "x" })).toEqual(new Uint8Array(framed));
  });

  test.each([[404, "<html>no such page</html>"], [302, ""], [400, "Bad Request"], [200, "<html>sign in</html>"], [404, '{"message":"no Route matched"}']])("a proxy before it that answers %s %j says nothing of a schema: what waits is no poison", async (status, body) => {
    await using server = await schemaRegistry({ instead: () => ({ status, body }) });
    await using registry = open(server);
    const bodies = registeredBodies(codec, { registry, subject: "s", register: true });
    await expect(Promise.resolve(bodies.decode(Uint8Array.from([0, 0, 0, 0, 1, 2, 97]), {}))).rejects.toThrow(RegistryAway);
    await expect(bodies.encode({ id: "x" })).rejects.toThrow(RegistryAway);
  });

  test("the id of a schema that flowctl may not read, or nobody can, makes its message poison and nothing else", async () => {
    const denied = '{"error_code":40301,"message":"User is denied operation Read"}';
    await using server = await schemaRegistry({ instead: (asked) => (asked.endsWith("/ids/7") ? { status: 403, body: denied } : asked.endsWith("/ids/8") ? { status: 200, body: '{"schema":"x","schemaType":"THRIFT"}' } : null) });
    const round = server.add("round", { type: "record", name: "A", fields: [{ name: "b", type: "B" }] }, "AVRO", [{ name: "B", subject: "round", version: 1 }]);
    await using registry = open(server);
    const bodies = registeredBodies(codec, { registry, subject: "s", register: true });
    const decode = async (id: number): Promise<unknown> => await bodies.decode(Uint8Array.from([0, 0, 0, 0, id, 2, 97]), {});
    expect(await decode(7)).toEqual({ is: "problem", problem: "the registry does not let flowctl read schema 7 (403)" });
    expect(await decode(8)).toEqual({ is: "problem", problem: "its schema is THRIFT, which is not read" });
    expect(await decode(round)).toEqual({ is: "problem", problem: "the references of its schema go in a circle" });
  });

  test("a version that many name is asked for once", async () => {
    await using server = await schemaRegistry();
    for (let at = 0; at < 20; at += 1) server.add(`s${at}`, { type: "record", name: `N${at}`, fields: [] }, "AVRO", at === 0 ? [] : [1, 2].map(() => ({ name: `N${at - 1}`, subject: `s${at - 1}`, version: 1 })));
    await using registry = open(server);
    expect(await registry.schema(20)).not.toBeNull();
    expect(server.asked).toHaveLength(20);
  });

  test.each([
    [Uint8Array.from([]), "it is empty"],
    [Uint8Array.from([0x7b, 1, 2, 3, 4, 5]), "its first byte is 123, not the 0 that stands before a schema's id"],
    [Uint8Array.from([0, 0]), "its bytes end in the middle of the schema's id"],
    [Uint8Array.from([0, 0, 0, 0, 9, 1]), "the registry has no schema 9"],
  ])("%j is no message: %s", async (bytes, problem) => {
    await using server = await schemaRegistry();
    await using registry = open(server);
    expect(await registeredBodies(codec, { registry, subject: "s", register: true }).decode(bytes, {})).toEqual({ is: "problem", problem });
  });

  test.each([
    ["BACKWARD", order({ name: "n", type: "int" }), false],
    ["BACKWARD", order({ name: "n", type: "int", default: 0 }), true],
    ["FORWARD", order({ name: "n", type: "int" }), true],
    ["FORWARD", { type: "record", name: "Order", fields: [] }, false],
    ["FULL", order({ name: "n", type: "int", default: 0 }), true],
    ["FULL", order({ name: "n", type: "int" }), false],
    ["NONE", order({ name: "n", type: "int" }), true],
  ] as const)("%s: %j goes with what is there: %s", async (level, schema, goes) => {
    await using server = await schemaRegistry();
    server.add("s", order());
    server.setLevel("s", level);
    await using registry = open(server);
    expect(await registry.level("s")).toBe(level);
    expect((await registry.incompatible("s", avroCodec(schema).own)) === null).toBe(goes);
  });

  // Version 1 has `n` as a text, version 2 has none, so each goes with the one before.
  const number = order({ name: "n", type: "int", default: 0 });
  test.each([
    ["BACKWARD", number, null],
    ["BACKWARD_TRANSITIVE", number, 1],
    ["FORWARD", order({ name: "m", type: "int" }), null],
    ["FORWARD_TRANSITIVE", order({ name: "m", type: "int" }), 1],
    ["FULL", number, null],
    ["FULL_TRANSITIVE", number, 1],
    ["FULL_TRANSITIVE", order({ name: "n", type: "string", default: "" }), null],
    ["NONE", number, null],
  ] as const)("%s: %j does not go with version %s, as the registry would say when it is put there", async (level, schema, version) => {
    await using server = await schemaRegistry();
    server.add("s", order({ name: "n", type: "string", ...(level.startsWith("FORWARD") ? {} : { default: "" }) }));
    server.add("s", order());
    server.setLevel("s", level);
    await using registry = open(server);
    expect((await registry.incompatible("s", avroCodec(schema).own))?.version ?? null).toBe(version);
    expect(typeof (await registry.register("s", avroCodec(schema).own)) === "number").toBe(version === null);
  });

  test("an older registry tells its own level where a subject has none", async () => {
    await using server = await schemaRegistry({ instead: (asked) => (asked.startsWith("GET /config/") ? { status: 404, body: '{"error_code":40408,"message":"no level of its own"}' } : null) });
    server.setLevel("", "FULL_TRANSITIVE");
    await using registry = open(server);
    expect(await registry.level("s")).toBe("FULL_TRANSITIVE");
  });
});
