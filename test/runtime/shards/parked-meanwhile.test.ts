import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { shardOf } from "../../../src/core/run-id.js";
import { lease } from "../../support/lease.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string } } } }
types: { Id: { fields: { id: string } } }
tools:
  before: { module: ./tools.ts#before, input: Id, output: Id, effect: read }
  after: { module: ./tools.ts#after, input: Id, output: Id, effect: read }
on: in
input: Id
steps:
  - { tool: before }
  - { id: told, wait: { signal: go, type: Id }, timeout: 1h }
  - { tool: after, with: "\${input}" }
`;

/** A run of `flow` in its first tool, whose shard goes and comes back: what is open is looked up until `looked`. */
async function taken(flow: string, tools: Parameters<typeof world>[1], other: (shared: Store) => Partial<Store> = () => ({})) {
  const { at, store: shared } = lease(createMemoryStore());
  const looked = Promise.withResolvers<void>();
  let slow = false;
  const store: Store = {
    ...shared,
    async openRuns(shard) {
      const rows = await shared.openRuns(shard);
      if (slow) await looked.promise;
      return rows;
    },
    ...other(shared),
  };
  const { runtime, send, clock } = world(flow, tools, { store });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) await clock.advance(100);
  };
  const row = async () => (await store.runs({ limit: 1 }))[0];
  await runtime.start();
  await pass(3_000);
  await send("in", [{ id: "a" }]);
  await pass(1_000);
  const run = (await row())?.run ?? "";
  slow = true;
  at.tell({ kind: "runs", shard: shardOf(run), name: run });
  await pass(1_000);
  const go = async (): Promise<void> => expect(await runtime.request({ id: "go-1", run, at: 0, by: "me", request: { kind: "signal", name: "go", payload: { id: "a" } } })).toEqual({ is: "accepted" });
  return { runtime, store, run, looked, pass, row, go };
}

test("I12: a run that parks while what is open is looked up is awake in the store as soon as it goes on", async () => {
  let read = Promise.resolve();
  let reading: (() => void) | null = null;
  const [before, after] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const answering = (gate: Promise<void>) => async () => {
    await gate;
    return { id: "a" };
  };
  const w = await taken(FLOW, { before: answering(before.promise), after: answering(after.promise) }, (shared) => ({
    async *read(run, from) {
      reading?.();
      await read;
      yield* shared.read(run, from);
    },
  }));
  before.resolve();
  await w.pass(10_000);
  expect((await w.row())?.waits).toMatchObject([{ kind: "signal", path: "told" }]);
  // It is taken up by what was seen before, and the signal comes just then.
  const [begun, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  [reading, read] = [begun.resolve, opened.promise];
  w.looked.resolve();
  await Promise.all([begun.promise, w.pass(100)]);
  const told = w.go();
  opened.resolve();
  await told;
  await w.pass(1_000);
  expect((await w.row())?.waits).toEqual([]);
  after.resolve();
  await w.pass(1_000);
  expect((await w.row())?.status).toBe("completed");
  expect(await w.store.timers(shardOf(w.run), Infinity, 9)).toEqual([]);
  await w.runtime.close();
});

test("I18: a run that has left its lane while what is open is looked up goes on when it is told to", async () => {
  const began = Promise.withResolvers<void>();
  const w = await taken(FLOW.replace("on: in\n", "on: { topic: in, ordering: { by: key, release: parked } }\n"), { before: async () => began.promise.then(() => ({ id: "a" })), after: (input) => input });
  began.resolve();
  await w.pass(10_000);
  expect(await w.row()).toMatchObject({ lane: null, waits: [{ kind: "signal", path: "told" }] });
  w.looked.resolve();
  await w.pass(1_000);
  await w.go();
  await w.pass(1_000);
  expect((await w.row())?.status).toBe("completed");
  await w.runtime.close();
});
