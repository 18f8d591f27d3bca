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
