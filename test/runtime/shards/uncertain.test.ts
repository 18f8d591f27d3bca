import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { lease } from "../../support/lease.js";
import { world, type World } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
types: { Id: { fields: { id: string } } }
topics: { in: { message: Id } }
tools:
  a: { module: ./tools.ts#a, input: Id, output: Id, effect: read }
on: in
steps:
  - { id: asked, tool: a, with: "\${input}", timeout: 1s }
`;
const pass = async ({ clock }: World, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
};

test("I16: what was given up while it was uncertain whose the shard is, is not asked for when that is known", async () => {
  const { store: shared } = lease(createMemoryStore());
  const { sharing } = shared;
  if (sharing === undefined) throw new Error("it is shared");
  let gate = Promise.resolve();
  const store: Store = { ...shared, sharing: { ...sharing, renew: async (...of) => (await gate, sharing.renew(...of)) } };
  let calls = 0;
  const w = world(FLOW, { a: (input) => ((calls += 1), input) }, { store });
  await w.runtime.start();
  await pass(w, 3_000);
  const renews = Promise.withResolvers<void>();
  gate = renews.promise;
  await pass(w, 9_000);
  await w.send("in", [{ id: "a" }]);
  await pass(w, 3_000);
  expect((await store.runs({ limit: 9 })).map(({ status }) => status)).toEqual(["failed"]);
  renews.resolve();
  await pass(w, 3_000);
  expect(calls).toBe(0);
  await w.send("in", [{ id: "b" }]);
  await pass(w, 3_000);
  expect(calls).toBe(1);
  await w.runtime.close();
});
