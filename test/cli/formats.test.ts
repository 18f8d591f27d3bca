import { writeFileSync } from "node:fs";
import { join } from "node:path";
import avro from "avsc";
import { describe, expect, test } from "vitest";
import { authority } from "../support/certificates.js";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { schemaRegistry, type SchemaRegistry } from "../support/schema-registry.js";
import { serving } from "../support/serving.js";

const ORDER = { type: "record", name: "Order", namespace: "shop", fields: [{ name: "id", type: "string" }, { name: "total", type: "long" }, { name: "note", type: ["null", "string"], default: null }] };
const FLOW = `flowctl: v1
flow: orders
topics:
  orders.new: { message: { $ref: order.avsc }, format: avro, registry: { subject: orders.new-value }, key: msg.id }
  orders.large: { message: { $ref: order.avsc }, format: avro, registry: { subject: orders.large-value } }
on: { topic: orders.new, where: msg.total > 100 }
steps:
  - emit: orders.large
    with: { id: "\${input.id}", total: "\${input.total}" }
`;

function project(registry: SchemaRegistry): string {
  return folderWith({ "order.avsc": JSON.stringify(ORDER), "flow.yaml": FLOW, "flowctl.yaml": `flowctl: v1\nregistry: ${registry.url}\n` });
}

describe("Avro with a schema registry, by the command", () => {
  test("run -i encodes what it feeds, registers the schemas, and tail shows what was emitted", async () => {
    await using registry = await schemaRegistry();
    const cwd = project(registry);
    const ran = await flowctl(["run", "flow.yaml", "-i", '[{ "id": "a", "total": 500 }, { "id": "b", "total": 5 }]'], { cwd });
    expect(ran.status).toBe(0);
    expect(jsonLines(ran.stdout)).toMatchObject([{ topic: "orders.large", message: { id: "a", total: 500 } }]);
    expect(registry.asked).toContain("POST /subjects/orders.large-value/versions");
    const tail = await flowctl(["topics", "tail", "orders.large", "-o", "json"], { cwd });
    expect(jsonLines(tail.stdout)).toMatchObject([{ topic: "orders.large", message: { id: "a", total: 500, note: null } }]);
  });

  test("topics publish encodes where nobody serves, and the process that serves does", async () => {
    await using registry = await schemaRegistry();
    const cwd = project(registry);
    const published = await flowctl(["topics", "publish", "orders.new", '{ "id": "c", "total": 900, "note": "x" }'], { cwd });
    expect(published.stdout).toContain("1 message");
    const refused = await flowctl(["topics", "publish", "orders.new", '{ "id": "c", "total": "many" }'], { cwd });
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain("`total` is not a whole number up to 2^53");
    await using served = await serving(cwd, ["flow.yaml"]);
    // The serving process encodes as well, by its own flows.
    writeFileSync(join(cwd, "flow.yaml"), FLOW.replaceAll(/format: avro, registry: \{[^}]*\}, ?|, format: avro, registry: \{[^}]*\}/g, ""));
    await flowctl(["topics", "publish", "orders.new", '{ "id": "d", "total": 901 }'], { cwd });
    writeFileSync(join(cwd, "flow.yaml"), FLOW);
    expect(await served.stop()).toBe(130);
    // What it left is handled.
    await flowctl(["run", "flow.yaml", "-i", '{ "id": "e", "total": 1 }'], { cwd });
    const tail = await flowctl(["topics", "tail", "orders.large", "-o", "json"], { cwd });
    expect(jsonLines<{ readonly message: unknown }>(tail.stdout).map(({ message }) => message)).toEqual([{ id: "c", total: 900, note: null }, { id: "d", total: 901, note: null }]);
  });

  test("topics publish says which message does not fit", async () => {
    const cwd = folderWith({
      "order.avsc": JSON.stringify(ORDER),
      "flow.yaml": FLOW.replaceAll(/, registry: \{[^}]*\}/g, ""),
      "bad.jsonl": '{"id":"a","total":1}\n\n{"id":"b","total":"many"}\n',
      "late.jsonl": `${'{"id":"a","total":1}\n'.repeat(500)}{"id":"b","total":"many"}\n`,
      "bad.json": '[{"id":"a","total":1},{"id":"b","total":"many"}]',
      "one.json": '{"id":"b","total":"many"}',
    });
    const refusal = async (input: string, stdin = ""): Promise<string | undefined> => {
      const { status, stderr } = await flowctl(["topics", "publish", "orders.new", input], { cwd, input: stdin });
      expect(status).toBe(1);
      return /^flowctl: (.*): `total` is not/.exec(stderr)?.[1];
    };
    expect(await refusal("bad.jsonl")).toBe("bad.jsonl:3 cannot be published");
    expect(await refusal("late.jsonl")).toBe("late.jsonl:501, after 500 messages that are published, cannot be published");
    expect(await refusal("bad.json")).toBe("message 2 of bad.json cannot be published");
    expect(await refusal("one.json")).toBe("one.json cannot be published");
    expect(await refusal('{"id":"b","total":"many"}')).toBe("the message cannot be published");
    expect(await refusal("-", '{"id":"a","total":1}\n{"id":"b","total":"many"}\n')).toBe("line 2 of stdin cannot be published");
  });

  test("a registry that is not there, lets nobody in, or takes no such schema is told before anything runs", async () => {
    const closed = await schemaRegistry();
    await closed[Symbol.asyncDispose]();
    const away = await flowctl(["run", "flow.yaml", "-i", '{ "id": "a", "total": 500 }'], { cwd: project(closed) });
    expect(away).toMatchObject({ status: 3, stdout: "" });
    expect(away.stderr).toContain("FC6061: The schema registry at 127.0.0.1");

    await using guarded = await schemaRegistry({ authorization: `Basic ${Buffer.from("flowctl:s3cret-word").toString("base64")}` });
    const refused = await flowctl(["run", "flow.yaml", "-i", "{}"], { cwd: project(guarded) });
    expect(refused).toMatchObject({ status: 3 });
    expect(refused.stderr).toContain("does not let flowctl in (401)");
    const cwd = project(guarded);
    writeFileSync(join(cwd, "flowctl.yaml"), `flowctl: v1\nregistry: { url: "${guarded.url}", auth: { username: flowctl, password: "\${env:REGISTRY_PASSWORD}" } }\n`);
    expect((await flowctl(["run", "flow.yaml", "-i", '{ "id": "a", "total": 500 }'], { cwd, env: { REGISTRY_PASSWORD: "s3cret-word" } })).status).toBe(0);
    expect((await flowctl(["run", "flow.yaml", "-i", "{}"], { cwd })).stderr).toContain("FC6001");

    await using strict = await schemaRegistry();
    strict.add("orders.large-value", { type: "record", name: "Order", namespace: "shop", fields: [{ name: "id", type: "int" }] });
    const incompatible = await flowctl(["run", "flow.yaml", "-i", "{}"], { cwd: project(strict) });
    expect(incompatible).toMatchObject({ status: 3 });
    expect(incompatible.stderr).toContain("does not have the schema of `orders.large` as a version of `orders.large-value`: Schema being registered is incompatible");
  });

  test("over TLS with a token: schemas that others have put there are used as they are, and none is put there", async () => {
    const folder = folderWith({});
    const { ca, sign } = authority(folder, "registry");
    await using registry = await schemaRegistry({ authorization: "Bearer t0ken-word", tls: sign("IP:127.0.0.1") });
    const cwd = project(registry);
    const settings = (more: string): void => writeFileSync(join(cwd, "flowctl.yaml"), `flowctl: v1\nregistry: { url: "${registry.url}", auth: { token: "\${env:REGISTRY_TOKEN}" }, register: false${more} }\n`);
    const env = { REGISTRY_TOKEN: "t0ken-word" };
    const run = (with_: Readonly<Record<string, string>> = env) => flowctl(["run", "flow.yaml", "-i", '{ "id": "a", "total": 500 }'], { cwd, env: with_ });
    writeFileSync(join(cwd, "ca.pem"), ca);
    settings(', tls: { ca: ca.pem }');
    const nobody = await run();
    expect(nobody).toMatchObject({ status: 3, stdout: "" });
    expect(nobody.stderr).toContain("it is not there, and `register: false` leaves that to others");
    // Written as its owner wrote it: the same schema, in another text.
    for (const subject of ["orders.new-value", "orders.large-value"]) registry.add(subject, JSON.stringify(ORDER, null, 2));
    registry.asked.length = 0;
    const ran = await run();
    expect(ran).toMatchObject({ status: 0, stderr: expect.not.stringContaining("t0ken") });
    expect(registry.asked.filter((one) => one.endsWith("/versions"))).toEqual([]);
    expect(jsonLines(ran.stdout)).toMatchObject([{ message: { id: "a", total: 500 } }]);
    expect((await run({ REGISTRY_TOKEN: "another" })).stderr).toContain("does not let flowctl in (401)");
    settings("");
    const unknown = await run();
    expect(unknown).toMatchObject({ status: 3, stdout: "" });
    expect(unknown.stderr).toMatch(/FC6061: .*certificate/);
  });

  test("messages of another producer's schema are read, and an unknown id is a dead letter", async () => {
    await using registry = await schemaRegistry();
    const cwd = project(registry);
    const old = { type: "record", name: "Order", namespace: "shop", fields: [{ name: "id", type: "string" }, { name: "total", type: "int" }] };
    const id = registry.add("orders.new-value", old);
    const framed = (of: number): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, of]), avro.Type.forSchema(JSON.parse(JSON.stringify(old))).toBuffer({ id: "z", total: 700 })]);
    expect(id).toBe(1);
    // A topic without a format in the project is bare: what is published there are these bytes.
    const bytes = (of: number): string => framed(of).toString("base64");
    const { openDatabase } = await import("../../src/adapters/sqlite/database.js");
    const { createEmbeddedBus } = await import("../../src/adapters/bus/embedded.js");
    const { systemClock } = await import("../../src/adapters/clock/system.js");
    await flowctl(["run", "flow.yaml", "-i", '{ "id": "warm", "total": 1 }'], { cwd });
    {
      await using database = await openDatabase(join(cwd, ".flowctl/flowctl.db"));
      await using bus = createEmbeddedBus(database, systemClock);
      await bus.publish([7, 1].map((of) => ({ topic: "orders.new", key: null, id: `m${of}`, headers: {}, body: new Uint8Array(framed(of)) })));
    }
    const ran = await flowctl(["run", "flow.yaml", "-i", '{ "id": "b", "total": 5 }'], { cwd });
    expect(ran.status).toBe(1);
    expect(jsonLines(ran.stdout)).toMatchObject([{ topic: "orders.large", message: { id: "z", total: 700 } }, { topic: "flowctl.dlq", message: { raw: bytes(7), encoding: "base64", error: { code: "decode", message: "the registry has no schema 7" } } }]);
    // The schema comes late: the very bytes are sent again.
    registry.add("others", { type: "string" });
    registry.add("others2", { type: "int" });
    for (const at of [4, 5, 6]) registry.add(`filler${at}`, { type: "fixed", name: `F${at}`, size: at });
    const { length } = registry.asked;
    const redriven = await flowctl(["dlq", "redrive", "--all", "--yes"], { cwd });
    expect(redriven.status).toBe(0);
    expect(registry.asked.slice(length).some((one) => one.startsWith("POST")), "nothing is encoded").toBe(false);
    const again = await flowctl(["run", "flow.yaml", "-i", '{ "id": "b2", "total": 5 }'], { cwd });
    expect(jsonLines(again.stdout)).toMatchObject([{ message: { raw: bytes(7), redrives: 1 } }]);
  });

  test("a letter whose message its topic's format does not hold holds up no other that is redriven", async () => {
    const before = 'flowctl: v1\nflow: orders\ntopics: { orders.new: { message: { fields: { id: string, gone: string } } } }\non: orders.new\nsteps: [ { set: 1 } ]\n';
    const cwd = folderWith({ "order.avsc": JSON.stringify(ORDER), "flow.yaml": before });
    await flowctl(["run", "flow.yaml", "-i", '[{ "id": "a", "total": 500 }, { "id": "b" }, { "id": "c", "total": 700 }]'], { cwd });
    writeFileSync(join(cwd, "flow.yaml"), FLOW.replaceAll(/, registry: \{[^}]*\}/g, ""));
    const redriven = await flowctl(["dlq", "redrive", "--all", "--yes"], { cwd });
    expect(redriven).toMatchObject({ status: 1, stderr: expect.stringContaining("cannot be published: `total` is missing") });
    expect(redriven.stdout.match(/its message is on orders\.new again/g)).toHaveLength(2);
    const left = await flowctl(["dlq", "list", "-o", "json"], { cwd });
    expect(jsonLines(left.stdout)).toMatchObject([[{ letter: { message: { id: "b" } } }]]);
    const ran = await flowctl(["run", "flow.yaml", "-i", '{ "id": "d", "total": 1 }'], { cwd });
    expect(jsonLines<{ readonly message: unknown }>(ran.stdout).map(({ message }) => message)).toEqual([{ id: "a", total: 500 }, { id: "c", total: 700 }]);
  });

  test("validate --online says what does not go with the registry's last version", async () => {
    await using registry = await schemaRegistry();
    const cwd = project(registry);
    expect(await flowctl(["validate", "--online", "flow.yaml"], { cwd })).toMatchObject({ status: 0 });
    registry.add("orders.new-value", { ...ORDER, fields: ORDER.fields.slice(0, 1) });
    registry.add("orders.large-value", ORDER);
    const found = await flowctl(["validate", "--online", "flow.yaml"], { cwd });
    expect(found.status).toBe(1);
    expect(found.stdout).toContain("flow.yaml:4:83: error[FC7001]: The schema of `orders.new` does not go with version 1 of `orders.new-value` (BACKWARD)");
    expect(found.stdout).not.toContain("orders.large-value`");
    registry.away(true);
    expect(await flowctl(["validate", "--online", "flow.yaml"], { cwd })).toMatchObject({ status: 3 });
  });
});
