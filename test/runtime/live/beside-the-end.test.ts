import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { StepError } from "../../../src/core/errors.js";
import type { CommitItem, Store } from "../../../src/core/ports/store.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";
import { ask, eventsOf } from "./restart.js";

const FLOW = `
flowctl: v1
flow: f
types: { N: { fields: { n: number } } }
topics: { in: { message: N } }
tools: { k: { module: ./tools.ts#k, input: N, output: N, effect: write, idempotency: key, errors: { nope: {} } } }
on: in
steps: [ { id: a, tool: k, with: "\${input}" } ]
`;

const ends = (item: CommitItem): boolean => item.events.some(({ type }) => type === "run.finished");

/** The item of a run's end comes to the store, or its answer back, when it may. */
function held(inner: Store, where: "before" | "after") {
  const reached = Promise.withResolvers<void>();
  const may = Promise.withResolvers<void>();
  const wait = async (): Promise<void> => {
    reached.resolve();
    await may.promise;
  };
  const store: Store = {
    ...inner,
    async commit(items) {
      if (where === "before" && items.some(ends)) await wait();
      const results = await inner.commit(items);
      if (where === "after" && items.some(ends)) await wait();
      return results;
    },
  };
  return { store, reached: reached.promise, goOn: may.resolve };
}

async function begun(store: Store, k: ToolFake): Promise<World> {
  const w = world(FLOW, { k }, { store });
  await w.runtime.start();
  await w.send("in", [{ n: 1 }]);
  return w;
}

test.each(["before", "after"] as const)("I13: a cancellation %s the end of its run is durable comes too late, and changes nothing of it", async (where) => {
  const { store, reached, goOn } = held(createMemoryStore(), where);
  const w = await begun(store, (input) => input);
  await reached;
  const [row] = await store.runs({ limit: 1 });
  const run = row?.run ?? "";
  expect(await ask(w, run, { kind: "cancel" })).toMatchObject({ is: "refused", why: "ended" });
  goOn();
  await w.settle();
  expect(await store.run(run)).toMatchObject({ status: "completed" });
  expect((await eventsOf(store, run)).map(({ type }) => type)).not.toContain("run.cancel_requested");
});

test("I6: a failed run whose end is durable and not yet heard of goes on, once, when somebody asks for it", async () => {
  const { store, reached, goOn } = held(createMemoryStore(), "after");
  let calls = 0;
  const w = await begun(store, (input) => {
    calls += 1;
    if (calls === 1) throw new StepError("nope", "not yet");
    return input;
  });
  await reached;
  const [row] = await store.runs({ limit: 1 });
  const run = row?.run ?? "";
  expect(row).toMatchObject({ status: "failed" });
  const asked = ask(w, run, { kind: "reopen" });
  await turns(10);
  expect(calls).toBe(1);
  goOn();
  expect(await asked).toEqual({ is: "accepted" });
  await w.settle();
  expect(await store.run(run)).toMatchObject({ status: "completed" });
  expect(calls).toBe(2);
  const events = await eventsOf(store, run);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at));
  expect(events.filter(({ type }) => type === "run.finished")).toHaveLength(2);
});
