import { expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/core/json.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: order
topics: { in: { message: { fields: { n: integer } } } }
tools: { pay: { module: ./tools.ts#pay, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: write, idempotency: key } }
on: in
steps:
  - { id: done, tool: pay, queue: money, with: "\${input}" }
value: "\${steps.done.n}"
`;
const TASKS = "flowctl.order.task.money";

type Broken = (task: { readonly child: string; readonly parent: JsonObject }) => JsonObject;
const duty = (of: Json): Broken => ({ parent }) => ({ parent: { ...parent, duty: of } });
const parent = (more: JsonObject): Broken => (task) => ({ parent: { ...task.parent, ...more } });

it.each<[string, Broken]>([
  ["an id that no run has", () => ({ child: "x" })],
  ["a flow that its plan has by inheritance only", () => ({ as: "__proto__" })],
  ["a duty that is none", duty(5)],
  ["catches that are no list", duty({ must: "forward", catching: 7 })],
  ["catches of something else", duty({ must: "undo", catching: [[1]] })],
  ["an unknown way", duty({ must: "sideways" })],
  ["a key that is no text", duty({ key: 5 })],
  ["a budget that is none", duty({ budget: { mode: "enforce", tokens: "many" } })],
  ["a queue that is no text", parent({ queue: 5 })],
  ["an earlier run that is none", parent({ again: 5 })],
])("a task with %s is a dead letter, and the next one is done", async (_what, broken) => {
  const calls: Json[] = [];
  const { runtime, clock, store, bus, send, settle, readDeliveries } = world(FLOW, { pay: (input) => (calls.push(input), input) });
  await runtime.start();
  await send("in", [{ n: 1 }]);
  await settle();
  const [first] = await readDeliveries(TASKS);
  const task = JSON.parse(Buffer.from(first?.body ?? []).toString());
  const other = task.child.replace(/.$/, (last: string) => (last === "a" ? "b" : "a"));
  await bus.publish([{ topic: TASKS, key: other, id: "strange", headers: {}, body: JSON.stringify({ ...task, child: other, ...broken(task) }) }]);
  await send("in", [{ n: 2 }]);
  await settle();
  expect(calls).toEqual([{ n: 1 }, { n: 2 }]);
  expect((await store.deadLetters({ limit: 10 })).map(({ letter }) => letter)).toMatchObject([{ source: { topic: TASKS }, error: { code: "schema" } }]);
  const closing = runtime.close();
  await clock.advance(10_000);
  await closing;
});
