import avro from "avsc";
import { describe, expect, test } from "vitest";
import { avroCodec } from "../../../src/adapters/format/avro/codec.js";
import { bareBodies, topicFormat } from "../../../src/adapters/format/topic-format.js";
import type { Json } from "../../../src/core/json.js";
import type { FlowPlan } from "../../../src/core/plan/flow-plan.js";
import type { Formats } from "../../../src/core/ports/format.js";
import { rawOf } from "../../../src/core/bytes.js";
import { world } from "../../support/runtime.js";

const ORDER: Json = { type: "record", name: "Order", fields: [{ name: "id", type: "string" }, { name: "total", type: "long" }, { name: "note", type: ["null", "string"], default: null }] };
const DONE: Json = { type: "record", name: "Done", fields: [{ name: "id", type: "string" }, { name: "double", type: "double" }, { name: "by", type: "string", default: "flowctl" }] };
const files = { "order.avsc": JSON.stringify(ORDER), "done.avsc": JSON.stringify(DONE) };
const their = { order: avro.Type.forSchema(JSON.parse(JSON.stringify(ORDER))), done: avro.Type.forSchema(JSON.parse(JSON.stringify(DONE))) };

function formats(plans: readonly FlowPlan[]): Formats {
  const known = new Map(plans.flatMap(({ topics }) => Object.entries(topics).map(([name, { encoding }]) => [name, encoding?.format === "avro" ? topicFormat(bareBodies(avroCodec(encoding.schema))) : null] as const)));
  return { of: (topic) => known.get(topic) ?? null };
}

const PURE = `
flowctl: v1
flow: orders
topics:
  in: { message: { $ref: order.avsc }, format: avro, key: msg.id, dlq: in.dlq }
  out: { message: { $ref: done.avsc }, format: avro, key: msg.id }
on: { topic: in, where: msg.total >= 0 }
steps:
  - emit: out
    with: { id: "\${input.id}", double: "\${input.total * 2}" }
`;
const JOURNALED = PURE.replace("steps:", "steps:\n  - { id: t, tool: touch, with: { id: \"${input.id}\" } }").replace("topics:", 'tools: { touch: { http: { method: GET, url: "https://x.test/t" }, input: { fields: { id: string } }, output: { fields: { ok: boolean } } } }\ntopics:');

const order = (value: object): Uint8Array => their.order.toBuffer(value);
const publish = async (w: ReturnType<typeof world>, ...bodies: readonly Uint8Array[]): Promise<void> => w.bus.publish(bodies.map((body, at) => ({ topic: "in", key: null, id: `m${at}`, headers: {}, body })));

describe("topics in Avro", () => {
  test.each([["pure", PURE, {}], ["journaled", JOURNALED, { touch: () => ({ ok: true }) }]] as const)("%s: what others wrote is read, and what is emitted others read", async (_name, text, tools) => {
    const w = world(text, tools, { files, formats });
    await w.runtime.start();
    await publish(w, order({ id: "o1", total: 21, note: null }), order({ id: "o2", total: -1, note: null }));
    await w.settle();
    const [one, ...others] = await w.readDeliveries("out");
    expect(others).toEqual([]);
    expect(one?.key).toBe("o1");
    expect(their.done.fromBuffer(Buffer.from(one?.body ?? ""))).toMatchObject({ id: "o1", double: 42, by: "flowctl" });
    await w.runtime.close();
  });

  test("poison goes to the dlq with its very bytes, and what comes behind it is handled", async () => {
    const w = world(PURE, {}, { files, formats });
    await w.runtime.start();
    const broken = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x7f]);
    await publish(w, broken, new TextEncoder().encode('{"id":"o1","total":1}'), order({ id: "o3", total: 1, note: null }));
    await w.settle();
    expect(w.runtime.stats().dlq).toBe(2);
    expect(await w.readDeliveries("out")).toHaveLength(1);
    const [first, second] = await w.read("in.dlq");
    expect(first).toMatchObject({ raw: Buffer.from(broken).toString("base64"), encoding: "base64", error: { code: "decode" }, source: { topic: "in" } });
    expect(first).not.toHaveProperty("message");
    expect(second).toMatchObject({ raw: Buffer.from('{"id":"o1","total":1}').toString("base64"), encoding: "base64" });
    await w.runtime.close();
  });

  test("a message that breaks its schema keeps what it decoded to beside its bytes", async () => {
    const w = world(PURE.replace("order.avsc", "order2.avsc"), {}, { files: { ...files, "order2.avsc": files["order.avsc"] }, formats });
    await w.runtime.start();
    const beyond = Buffer.concat([Buffer.from("046f39", "hex"), Buffer.from("8280808080808020", "hex"), Buffer.from("00", "hex")]);
    await publish(w, beyond);
    await w.settle();
    const [letter] = await w.read("in.dlq");
    expect(letter).toMatchObject({ raw: beyond.toString("base64"), encoding: "base64", error: { code: "schema" }, message: { id: "o9" } });
    await w.runtime.close();
  });

  test("a body larger than max_bytes is stored as the bytes that it is, and read again", async () => {
    const text = `${PURE.replace("out: { message", "out: { max_bytes: 10, claim_check: true, message")}---\nflowctl: v1\nflow: reader\ntopics:\n  out: { message: { $ref: done.avsc }, format: avro, max_bytes: 10, claim_check: true, key: msg.id }\n  seen: {}\non: out\nsteps: [ { emit: seen, with: "\${input}" } ]\n`;
    const w = world(text, {}, { files, formats });
    await w.runtime.start();
    await publish(w, order({ id: "o1", total: 4, note: null }));
    await w.settle();
    expect(await w.read("seen")).toEqual([{ id: "o1", double: 8, by: "flowctl" }]);
    const [kept] = await w.readDeliveries("out");
    expect(JSON.parse(String(kept?.body))).toMatchObject({ claim: kept?.headers["flowctl-claim"] });
    await w.runtime.close();
  });
});

test("bytes of a topic of bare JSON that are no text are kept too", async () => {
  const w = world("flowctl: v1\nflow: f\ntopics: { in: { message: { fields: { id: string } }, dlq: bad } }\non: in\nsteps: [ { set: 1 } ]\n");
  await w.runtime.start();
  const bytes = Uint8Array.from([0x7b, 0xff, 0xfe]);
  await w.bus.publish([{ topic: "in", key: null, id: "m", headers: {}, body: bytes }]);
  await w.settle();
  expect(await w.read("bad")).toMatchObject([{ ...rawOf(bytes), encoding: "base64", error: { code: "decode" } }]);
  await w.runtime.close();
});
