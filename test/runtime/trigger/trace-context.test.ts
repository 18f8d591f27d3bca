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
  await settle();
  const traces = Object.fromEntries((await readDeliveries("out")).map(({ body, headers }) => [JSON.parse(String(body)).id, headers["traceparent"]]));
  expect(traces).toEqual({ a: TRACE, b: undefined, c: undefined });
  await runtime.close();
});
