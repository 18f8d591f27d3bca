import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { EventType } from "../../../src/core/event.js";
import type { Store } from "../../../src/core/ports/store.js";
import { lease } from "../../support/lease.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
types: { Id: { fields: { id: string } } }
topics: { in: { message: Id } }
tools: { k: { module: ./tools.ts#k, input: Id, output: Id, effect: write, idempotency: key } }
on: in
input: Id
steps:
  - { tool: k, with: "\${input}" }
`;
/** So many that some of them are of the shards which go. */
const IDS = ["a", "b", "c", "d", "e", "f", "g", "h"].map((id) => ({ id }));

/** Half of the shards go to another process; commits of events of one type wait until they are `let` through. */
async function leaving(held: EventType) {
  const { at, store: shared } = lease(createMemoryStore());
  const [commits, answers] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const store: Store = {
    ...shared,
    async commit(items) {
      if (items.some(({ events }) => events.some(({ type }) => type === held))) await commits.promise;
      return shared.commit(items);
    },
  };
  let calls = 0;
  const w = world(FLOW, { k: async (input) => ((calls += 1), await answers.promise, input) }, { store });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) await w.clock.advance(10);
  };
  await w.runtime.start();
  await pass(3_000);
  await w.send("in", IDS);
  return { at, w, pass, calls: () => calls, commit: commits.resolve, answer: answers.resolve };
}

test("I20: shards go when what their runs have done is recorded", async () => {
  const { at, w, pass, calls, commit, answer } = await leaving("step.completed");
  await pass(500);
  expect(calls()).toBe(IDS.length);
  at.workers = 2;
  await pass(3_000);
  answer();
  await pass(1_000);
  expect(at.released).toEqual([]);
  commit();
  await pass(1_000);
  expect(at.released).toHaveLength(32);
  await w.runtime.close();
});

test("I20: a write that is recorded as begun when its shard is to go is sent, and waited for", async () => {
  const { at, w, pass, calls, commit, answer } = await leaving("step.started");
  at.workers = 2;
  at.renewed = () => void (at.workers === 2 && w.clock.after(50, commit));
  await pass(2_500);
  expect(calls()).toBe(IDS.length);
  expect(at.released).toEqual([]);
  answer();
  await pass(1_000);
  expect(at.released).toHaveLength(32);
  expect((await w.store.counts()).ended).toBe(IDS.length);
  await w.runtime.close();
});
