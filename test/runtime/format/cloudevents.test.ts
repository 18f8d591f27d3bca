import { describe, expect, test } from "vitest";
import { eventFormat } from "../../../src/adapters/format/cloudevents.js";
import { jsonBodies } from "../../../src/adapters/format/topic-format.js";
import { redriveOf } from "../../../src/cli/dlq/redrive-of.js";
import type { MessageSource } from "../../../src/core/event.js";
import type { FlowPlan } from "../../../src/core/plan/flow-plan.js";
import type { Formats } from "../../../src/core/ports/format.js";
import { encoded } from "../../../src/runtime/format/format-bus.js";
import { Raw, world } from "../../support/runtime.js";

function formats(plans: readonly FlowPlan[]): Formats {
  const known = new Map(plans.flatMap(({ topics }) => Object.entries(topics).flatMap(([name, { envelope }]) => (envelope === undefined ? [] : [[name, eventFormat(jsonBodies, { envelope, binding: { prefix: "ce-", percent: false }, contentType: "application/json", clock: { now: () => 0 }, newId: () => "made" })] as const]))));
  return { of: (topic) => known.get(topic) ?? null };
}

const FLOW = `
flowctl: v1
flow: orders
topics:
  in: { message: { fields: { id: string, n: integer } }, envelope: cloudevents, dlq: in.dlq }
  out: { message: { fields: { id: string, type: string, from: string } }, envelope: { cloudevents: structured, source: /flows, type: order.seen } }
on: { topic: in, where: "meta.headers[?'ce-type'].orValue('') == 'order'", with: { id: "\${msg.id}", n: "\${msg.n}", type: "\${meta.headers[?'ce-type'].orValue('')}", from: "\${meta.id}" } }
input: { fields: { id: string, n: integer, type: string, from: string } }
steps:
  - { id: t, tool: check, with: { n: "\${input.n}" } }
  - emit: out
    with: { id: "\${input.id}", type: "\${input.type}", from: "\${input.from}" }
tools: { check: { http: { method: GET, url: "https://x.test/t" }, input: { fields: { n: integer } }, output: { fields: { ok: boolean } } } }
`;

const event = (id: string, source: string, type: string, data: object): Raw => new Raw(JSON.stringify({ specversion: "1.0", id, source, type, traceparent: TRACE, data }));
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("topics of CloudEvents", () => {
  test("attributes are read in expressions, an id counts within its source, the trace goes on", async () => {
    const w = world(FLOW, { check: () => ({ ok: true }) }, { formats });
    await w.runtime.start();
    await w.send("in", [event("1", "/a", "order", { id: "x", n: 1 }), event("1", "/b", "order", { id: "y", n: 2 }), event("1", "/a", "order", { id: "x", n: 1 }), event("2", "/a", "other", { id: "z", n: 3 })]);
    await w.settle();
    const out = (await w.readDeliveries("out")).map(({ body }) => JSON.parse(Buffer.from(body).toString()));
    expect(out.map(({ data }) => data).toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([{ id: "x", type: "order", from: "1" }, { id: "y", type: "order", from: "1" }]);
    expect(out[0]).toMatchObject({ specversion: "1.0", source: "/flows", type: "order.seen", traceparent: TRACE, datacontenttype: "application/json" });
    expect(w.runtime.stats()).toMatchObject({ runs: 2, duplicates: 1, filtered: 1 });
    await w.runtime.close();
  });

  test("a source and an id that hold control characters are those of no event: two of them could be taken for one", async () => {
    const w = world(FLOW, { check: () => ({ ok: true }) }, { formats });
    await w.runtime.start();
    await w.send("in", [event("b\nc", "/a", "order", { id: "x", n: 1 }), event("c", "/a\nb", "order", { id: "y", n: 2 }), event("c", "/a", "order", { id: "z", n: 3 })]);
    await w.settle();
    const letters = await w.read("in.dlq");
    expect(letters).toMatchObject([{ error: { code: "decode", message: "`id` of the CloudEvent holds a control character" } }, { error: { code: "decode", message: "`source` of the CloudEvent holds a control character" } }]);
    expect(w.runtime.stats()).toMatchObject({ runs: 1, duplicates: 0 });
    await w.runtime.close();
  });

  test("what is no event is a dead letter; the event of a failed run is sent again as it was", async () => {
    let fails = true;
    const w = world(FLOW, { check: () => (fails ? Promise.reject(new Error("down")) : { ok: true }) }, { formats });
    await w.runtime.start();
    await w.send("in", [new Raw('{"id":"bare","n":1}'), event("7", "/a", "order", { id: "x", n: 1 })]);
    await w.settle();
    const letters = await w.read("in.dlq");
    expect(letters).toHaveLength(2);
    const bare = letters.find((one) => JSON.stringify(one).includes("neither"));
    expect(bare).toMatchObject({ error: { code: "decode" }, encoding: "base64", raw: Buffer.from('{"id":"bare","n":1}').toString("base64") });
    const failed = letters.find((one) => one !== bare);
    expect(failed).toMatchObject({ message: { id: "x", n: 1 }, source: { id: "7", event: { id: "7", source: "/a", type: "order" } } });
    fails = false;
    const { raw, source }: { readonly raw: string; readonly source: MessageSource } = JSON.parse(JSON.stringify(failed));
    await w.bus.publish(await encoded([redriveOf({ raw, source, redrives: 0, flow: "orders", run: null })], formats([])));
    const known = formats((await import("../../support/runtime.js")).loadFlows(FLOW).map(({ plan }) => plan));
    await w.bus.publish(await encoded([redriveOf({ raw, source, redrives: 1, flow: "orders", run: null })], known));
    await w.settle();
    expect((await w.readDeliveries("out")).map(({ body }) => JSON.parse(Buffer.from(body).toString()).data)).toEqual([{ id: "x", type: "order", from: "7" }, { id: "x", type: "order", from: "7" }]);
    await w.runtime.close();
  });
});
