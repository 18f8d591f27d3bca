import { expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { virtualClock } from "../../support/virtual-clock.js";
import { type ToolFake, type World } from "../../support/runtime.js";
import { close, start } from "../../support/started.js";

const FLOW = `flowctl: v1
flow: order
topics: { in: { message: { fields: { n: integer } } } }
tools:
  pay: { module: ./tools.ts#pay, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: write, idempotency: key }
  look: { module: ./tools.ts#look, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: read }
on: in
steps:
  - { id: done, tool: pay, queue: money, with: "\${input}" }
value: "\${steps.done.n}"
`;
const READS = FLOW.replace("tool: pay, queue", "tool: look, queue");
const TASKS = "flowctl.order.task.money";

/** The task of each run once more, as after a process that had published it and not marked that. */
async function again(made: World): Promise<void> {
  const tasks = await made.readDeliveries(TASKS);
  await made.bus.publish(tasks.map(({ key, headers, body }, at) => ({ topic: TASKS, key, id: `again ${at}`, headers: { ...headers, "flowctl-id": `again ${at}` }, body: Buffer.from(body).toString() })));
}

test("I4: the admission of a task and its first intent are one commit, and its write is sent behind it", async () => {
  const store = createMemoryStore();
  const items: string[] = [];
  const made = await start(FLOW, { pay: (input) => (items.push("sent"), input) }, {
    store: {
      ...store,
      commit: async (batch) => {
        const results = await store.commit(batch);
        for (const { events } of batch) if (events.some(({ type, path }) => type === "step.started" && path === "done")) items.push(events.map(({ type }) => type).join(" "));
        return results;
      },
    },
  });
  await made.send("in", [{ n: 1 }]);
  await made.settle();
  expect(items).toEqual(["run.admitted run.started step.started", "sent"]);
});

test.each([["a write", FLOW, "pay"], ["a read", READS, "look"]])("I25: a task that comes again begins nothing, whoever has its run: %s", async (_what, text, tool) => {
  const [store, clock] = [createMemoryStore(), virtualClock()];
  const bus = createMemoryBus(clock);
  let calls = 0;
  const tools: Readonly<Record<string, ToolFake>> = { [tool]: (input) => ((calls += 1), input) };
  const first = await start(text, tools, { store, keepBus: bus, clock });
  await first.send("in", [{ n: 1 }]);
  await first.settle();
  await again(first);
  await first.settle();
  await close(first);
  const second = await start(text, tools, { store, keepBus: bus, clock, seed: 2 });
  await again(second);
  await second.settle();
  expect(calls).toBe(1);
  expect(second.runtime.stats()).toMatchObject({ runs: 0, completed: 0 });
});

test("I13: a run that waits goes on though its task comes again", async () => {
  const [store, clock] = [createMemoryStore(), virtualClock()];
  const bus = createMemoryBus(clock);
  const text = `flowctl: v1
flow: order
topics: { in: { message: { fields: { n: integer } } } }
on: in
steps:
  - { id: done, call: slow, queue: money, with: "\${input}" }
---
flowctl: v1
flow: slow
on: { manual: {} }
input: { fields: { n: integer } }
steps:
  - { id: later, wait: 10m }
`;
  const given = { store, keepBus: bus, clock };
  const first = await start(text, {}, given);
  await first.send("in", [{ n: 1 }]);
  await clock.advance(5000);
  await again(first);
  await clock.advance(5000);
  await close(first);
  const second = await start(text, {}, { ...given, seed: 2 });
  await again(second);
  await clock.advance(700_000);
  expect((await store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(["completed", "completed"]);
});

test("promise 2: a read that its join needs no more is not sent when the admission of its run is durable", async () => {
  const text = `flowctl: v1
flow: order
topics: { in: { message: { fields: { n: integer } } } }
on: in
steps:
  - { id: done, call: race, queue: money, with: "\${input}" }
---
flowctl: v1
flow: race
tools: { look: { module: ./tools.ts#look, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: read } }
on: { manual: {} }
input: { fields: { n: integer } }
steps:
  - id: first
    parallel: { join: 1 }
    branches:
      at_once: { do: [{ id: sum, set: { n: "\${input.n + 1}" } }] }
      asked: { do: [{ id: seen, tool: look, with: "\${input}" }] }
`;
  let calls = 0;
  const made = await start(text, { look: (input) => ((calls += 1), input) });
  await made.send("in", [{ n: 1 }]);
  await made.settle();
  expect((await made.store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(["completed", "completed"]);
  expect(calls).toBe(0);
});

test("a task that comes again for a run that has ended keeps no place of a policy", async () => {
  const text = `flowctl: v1
flow: order
topics: { in: { message: { fields: { n: integer } } } }
on: in
steps:
  - { id: done, call: one, queue: money, with: "\${input}" }
---
flowctl: v1
flow: one
tools: { look: { module: ./tools.ts#look, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: read } }
policies: { narrow: { concurrency: 1 } }
on: { manual: {} }
input: { fields: { n: integer } }
steps:
  - { id: seen, tool: look, with: "\${input}", policy: narrow }
`;
  let calls = 0;
  const made = await start(text, { look: (input) => ((calls += 1), input) });
  await made.send("in", [{ n: 1 }]);
  await made.settle();
  await again(made);
  await made.settle();
  expect(calls).toBe(1);
  await made.send("in", [{ n: 2 }]);
  await made.settle();
  expect((await made.store.runs({ limit: 10 })).map(({ status }) => status)).toEqual(["completed", "completed", "completed", "completed"]);
  expect(calls).toBe(2);
});
