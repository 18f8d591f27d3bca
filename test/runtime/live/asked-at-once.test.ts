import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { elapse } from "../../../src/core/elapse.js";
import type { Store } from "../../../src/core/ports/store.js";
import { world } from "../../support/runtime.js";

const FLOW = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } } }
on: in
steps:
  - { id: ok, ask: { question: "ok?", output: boolean } }
value: "\${steps.ok}"
`;

const RUNS = 50;
/** How long a store far away takes to give a run. */
const FAR_MS = 200;

test("what was asked of many runs while nobody served does not wait for one run after the other, and each has its answers in order", async () => {
  const store = createMemoryStore();
  const first = world(FLOW, {}, { store });
  await first.runtime.start();
  await first.send("in", Array.from({ length: RUNS }, (_, n) => ({ n })));
  await first.settle();
  await first.runtime.close();
  const asked = await store.runs({ state: "parked", limit: RUNS });
  expect(asked).toHaveLength(RUNS);
  for (const [at, { run }] of asked.entries()) {
    for (const [id, payload] of [["first", at % 2 === 0], ["second", at % 2 !== 0]] as const) await store.putInbox({ id: `${id}-${at}`, run, at: 0, by: "ann", request: { kind: "answer", path: "ok", payload } });
  }
  const far: Store = { ...store, run: async (run) => (await elapse(second.clock, FAR_MS), store.run(run)) };
  const second = world(FLOW, {}, { store: far, seed: 2 });
  void second.runtime.start();
  for (let passed = 0; passed < 10 * FAR_MS; passed += 50) await second.clock.advance(50);
  const ended = await store.runs({ state: "completed", limit: RUNS });
  expect(ended).toHaveLength(RUNS);
  for (const [at, { run }] of asked.entries()) {
    const answers: unknown[] = [];
    for await (const event of store.read(run, 0)) if (event.type === "signal.received" && event.data.name === "answer") answers.push(event.data.payload);
    expect(answers).toEqual([at % 2 === 0]);
  }
  await second.runtime.close();
});

test("I14: of very many runs that wait for one message no more than a part is read from the store at a time, and all hear of it", async () => {
  const many = 1000;
  const text = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: integer } } }, go: { message: { fields: { k: string } }, key: msg.k } }
on: in
steps: [ { id: w, wait: { topic: go, key: "one" } } ]
`;
  const memory = createMemoryStore();
  const first = world(text, {}, { store: memory });
  await first.runtime.start();
  await first.send("in", Array.from({ length: many }, (_, n) => ({ n })));
  await first.settle();
  await first.runtime.close();
  /** Whose journals were read, and that have not heard. */
  const read = new Set<string>();
  const heard = new Set<string>();
  let most = 0;
  const store: Store = {
    ...memory,
    read(run, from) {
      if (!heard.has(run)) read.add(run);
      most = Math.max(most, read.size);
      return memory.read(run, from);
    },
    async commit(items) {
      const results = await memory.commit(items);
      for (const { run } of items.filter(({ events }) => events.some(({ type }) => type === "signal.received"))) {
        heard.add(run);
        read.delete(run);
      }
      return results;
    },
  };
  const second = world(text, {}, { store, seed: 2 });
  await second.runtime.start();
  await second.send("go", [{ k: "one" }]);
  await second.settle();
  expect(await memory.runs({ state: "completed", limit: many })).toHaveLength(many);
  expect(most).toBeLessThan(many / 2);
  await second.runtime.close();
});
