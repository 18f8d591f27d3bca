import { expect, test } from "vitest";
import { world } from "../../support/runtime.js";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const flow = (steps: string) => `flowctl: v1
flow: passes
topics: { in: { message: { fields: { id: string } } }, out: {} }
on: in
steps:
${steps}
`;

test.each([
  ["pure", flow('  - emit: out\n    with: { id: "${input.id}" }')],
  ["journaled", flow('  - wait: 1s\n  - emit: out\n    with: { id: "${input.id}" }')],
])("W3C trace context of a message goes on with what its run emits: a %s flow", async (_class, text) => {
  const { runtime, send, settle, readDeliveries } = world(text);
  await runtime.start();
  await send("in", [{ id: "a" }], { headers: { traceparent: TRACE } });
  await send("in", [{ id: "b" }], { headers: { traceparent: "not one\n" } });
  await send("in", [{ id: "c" }]);
  for (const none of [`ff${TRACE.slice(2)}`, `00-${"0".repeat(32)}-b7ad6b7169203331-01`, `00-0af7651916cd43dd8448eb211c80319c-${"0".repeat(16)}-01`]) await send("in", [{ id: none }], { headers: { traceparent: none } });
  // As the client of Go writes it to NATS.
  await send("in", [{ id: "d" }], { headers: { Traceparent: TRACE } });
  await settle();
  const traces = Object.fromEntries((await readDeliveries("out")).map(({ body, headers }) => [JSON.parse(String(body)).id, headers["traceparent"]]));
  expect(Object.entries(traces).filter(([, trace]) => trace !== undefined)).toEqual([["a", TRACE], ["d", TRACE]]);
  expect(Object.keys(traces)).toHaveLength(7);
  await runtime.close();
});

test("and with what runs emit that its steps start, on a queue or detached, with requests and their answers", async () => {
  const sub = 'flowctl: v1\nflow: sub\ntopics: { out: {} }\ninput: { fields: { id: string } }\nsteps:\n  - emit: out\n    with: { id: "${input.id}" }\n';
  const topics = "asked: { message: { fields: { id: string } } }, given: { message: { fields: { id: string } } }";
  const answers = `flowctl: v1\nflow: answers\ntopics: { ${topics} }\non: { topic: asked, reply: given }\nsteps: [ { wait: 1s } ]\nvalue: "\${input}"\n`;
  const starts = flow(`  - { call: sub, with: { id: detached }, detach: true }
  - { call: sub, with: { id: queued }, queue: q }
  - { tool: ask, with: "\${input}" }`).replace("topics: {", `tools: { ask: { request: { topic: asked, reply: given, timeout: 5s }, input: { fields: { id: string } }, output: { fields: { id: string } }, effect: read } }\ntopics: { ${topics},`);
  const { runtime, send, settle, readDeliveries } = world([starts, sub, answers].join("---\n"));
  await runtime.start();
  await send("in", [{ id: "a" }], { headers: { traceparent: TRACE } });
  await settle();
  for (const [topic, count] of [["out", 2], ["asked", 1], ["given", 1]] as const) {
    const traces = (await readDeliveries(topic)).map(({ headers }) => headers["traceparent"]);
    expect([topic, traces]).toEqual([topic, Array.from({ length: count }, () => TRACE)]);
  }
  await runtime.close();
});
