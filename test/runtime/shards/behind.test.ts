import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { lease } from "../../support/lease.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
types: { Id: { fields: { id: string } } }
topics: { in: { message: Id } }
tools:
  a: { module: ./tools.ts#a, input: Id, output: Id, effect: write, idempotency: key }
  b: { module: ./tools.ts#b, input: Id, output: Id, effect: write, idempotency: key }
on: { topic: in, ordering: key }
input: Id
steps:
  - { tool: a, with: "\${input}" }
  - { tool: b, with: "\${input}" }
`;
const pass = async ({ clock }: World, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
};

test("I11: a run of which the store has lost what it had taken goes on from what is there, and those behind it in its lane", async () => {
  const { store: shared } = lease(createMemoryStore());
  const calls: string[] = [];
  let loses = false;
  // As a server whose standby took over, and had not heard of it yet.
  const store: Store = { ...shared, commit: (items) => (loses ? Promise.resolve(items.map(() => "ok")) : shared.commit(items)) };
  const tool = (name: string, act = (): void => undefined): ToolFake => (input) => {
    calls.push(name);
    act();
    return input;
  };
  const w = world(FLOW, { a: tool("a", () => (loses = calls.length === 1)), b: tool("b", () => (loses = false)) }, { store });
  await w.runtime.start();
  await w.send("in", [{ id: "1" }, { id: "1" }]);
  await pass(w, 10_000);
  expect((await store.runs({ limit: 9 })).map(({ status }) => status)).toEqual(["completed", "completed"]);
  expect(calls).toEqual(["a", "b", "a", "b", "a", "b"]);
  await w.runtime.close();
});

test("I11: a run of which the store is behind each time is not all that the process does", async () => {
  const { store: shared } = lease(createMemoryStore());
  let tries = 0;
  const store: Store = {
    ...shared,
    async commit(items) {
      const [first] = items;
      if (first === undefined || first.expectedSeq < 0) return shared.commit(items);
      tries += 1;
      return items.map(() => "conflict");
    },
  };
  const echo: ToolFake = (input) => input;
  const w = world(FLOW, { a: echo, b: echo }, { store });
  await w.runtime.start();
  await w.send("in", [{ id: "1" }]);
  await pass(w, 10_000);
  expect(tries).toBeGreaterThan(5);
  expect(tries).toBeLessThan(15);
  await w.runtime.close();
});
