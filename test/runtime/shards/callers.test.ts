import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { lease } from "../../support/lease.js";
import { world, type World } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
types: { Id: { fields: { id: string } } }
tools:
  a: { module: ./tools.ts#a, input: Id, output: Id, effect: write, idempotency: key }
on: { manual: {} }
input: Id
steps:
  - { id: done, tool: a, with: "\${input}" }
value: "\${steps.done.id}"
`;
const pass = async ({ clock }: World, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
};

test("who waits for a run hears how it ends in the process that has its shard by then", async () => {
  const inner = createMemoryStore();
  const { at, store } = lease(inner);
  const w = world(FLOW, { a: () => new Promise<never>(() => undefined) }, { store });
  await w.runtime.start();
  await pass(w, 3_000);
  const report = w.runtime.manual("f", { id: "x" });
  await pass(w, 500);
  at.others = true;
  at.lose = true;
  await pass(w, 3_000);
  const other = world(FLOW, { a: (input) => input }, { store: inner, seed: 9 });
  await other.runtime.start();
  await other.settle();
  await pass(w, 2_000);
  const silent = new Promise<string>((resolve) => setImmediate(() => resolve("nothing")));
  expect(await Promise.race([report, silent])).toMatchObject({ status: "completed", output: "x" });
  const closing = w.runtime.close();
  await pass(w, 6_000);
  await closing;
});
