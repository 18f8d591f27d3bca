import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { lease } from "../../support/lease.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";

const FLOW = `flowctl: v1
flow: f
types: { Id: { fields: { id: string } } }
topics: { in: { message: Id } }
tools:
  a: { module: ./tools.ts#a, input: Id, output: Id, effect: write, idempotency: key }
  b: { module: ./tools.ts#b, input: Id, output: Id, effect: write, idempotency: key }
on: in
input: Id
steps:
  - { tool: a, with: "\${input}" }
  - { tool: b, with: "\${input}" }
`;
const never: ToolFake = () => new Promise<never>(() => undefined);
const echo: ToolFake = (input) => input;
const pass = async ({ clock }: World, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
};

/** A process that does a part of what is left, and ends. */
async function partly(store: Store, seed: number, tools: Readonly<Record<string, ToolFake>>, send: boolean): Promise<void> {
  const w = world(FLOW, tools, { store, seed });
  await w.runtime.start();
  if (send) await w.send("in", [{ id: "a" }]);
  await turns(50);
  w.runtime.close().catch(() => undefined);
  await pass(w, 6_000);
}

test("I11: a run whose shard goes and comes back while it is taken up goes on from what happened to it meanwhile", async () => {
  const inner = createMemoryStore();
  await partly(inner, 7, { a: never, b: never }, true);
  const { at, store: shared } = lease(inner);
  const gate = Promise.withResolvers<void>();
  let looks = 0;
  const store: Store = {
    ...shared,
    async run(id) {
      const row = await shared.run(id);
      looks += 1;
      await gate.promise;
      return row;
    },
  };
  const w = world(FLOW, { a: echo, b: echo }, { store });
  await w.runtime.start();
  await pass(w, 3_000);
  expect(looks).toBe(1);
  at.others = true;
  at.lose = true;
  await pass(w, 3_000);
  await partly(inner, 9, { a: echo, b: never }, false);
  at.others = false;
  await pass(w, 3_000);
  gate.resolve();
  await pass(w, 5_000);
  expect((await inner.runs({ limit: 1 })).map(({ status }) => status)).toEqual(["completed"]);
  await w.runtime.close();
});

test("a run that another process has ended while its admission was under way here is not begun here once more", async () => {
  const inner = createMemoryStore();
  const { at, store: shared } = lease(inner);
  at.others = true;
  const gate = Promise.withResolvers<void>();
  const committed = Promise.withResolvers<void>();
  const store: Store = {
    ...shared,
    async commit(items) {
      const results = await shared.commit(items);
      if (items.some(({ events }) => events[0]?.type === "run.admitted")) {
        committed.resolve();
        await gate.promise;
      }
      return results;
    },
  };
  const flow = FLOW.replaceAll("effect: write, idempotency: key", "effect: read");
  let here = 0;
  const counted: ToolFake = (input) => ((here += 1), input);
  const w = world(flow, { a: counted, b: counted }, { store });
  await w.runtime.start();
  await w.send("in", [{ id: "a" }]);
  await turns(50);
  await committed.promise;
  const other = world(flow, { a: echo, b: echo }, { store: inner, seed: 9 });
  await other.runtime.start();
  await other.settle();
  await other.runtime.close();
  expect((await inner.runs({ limit: 2 })).map(({ status }) => status)).toEqual(["completed"]);
  at.others = false;
  await pass(w, 3_000);
  gate.resolve();
  await pass(w, 3_000);
  expect(here).toBe(0);
  expect((await inner.runs({ limit: 2 })).map(({ status }) => status)).toEqual(["completed"]);
  await w.runtime.close();
});
