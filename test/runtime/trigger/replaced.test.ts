import { expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { runGraph } from "../../../src/compiler/run-graph.js";
import { createRuntime } from "../../../src/runtime/runtime.js";
import type { LoadedFlow } from "../../../src/runtime/world.js";
import { loadFlows } from "../../support/runtime.js";
import { seededRandom } from "../../support/seeded-random.js";
import { virtualClock } from "../../support/virtual-clock.js";

const TOPICS = "{ a: { message: { fields: { id: string } } }, b: { message: { fields: { id: string } } }, pay: { message: { fields: { id: string } }, key: msg.id } }";
const caller = (id: string, topic: string, version: string, step: string): string => `flowctl: v1
flow: { id: ${id}, version: ${version} }
topics: ${TOPICS}
on: ${topic}
input: { fields: { id: string } }
steps:
  - ${step}
---
`;
const CALL = '{ call: waiter, with: "${input}", detach: true }';
const PURE = '{ set: "${input.id}" }';
const WAITER = `flowctl: v1
flow: waiter
topics: ${TOPICS}
input: { fields: { id: string } }
steps:
  - { wait: { topic: pay, key: "\${input.id}" } }
`;

/** The flows that are named on the command line: `waiter` is not, so that its runs have no one but their callers to read for them. */
const load = (...callers: readonly string[]): LoadedFlow[] => loadFlows(callers.join("") + WAITER).filter(({ plan }) => plan.id !== "waiter");

async function serving(...callers: readonly string[]) {
  const clock = virtualClock();
  const bus = createMemoryBus(clock);
  const store = createMemoryStore();
  const none = (): Promise<never> => Promise.reject(new Error("none in this test"));
  const runtime = createRuntime({ flows: load(...callers), ports: { clock, random: seededRandom(1), store, bus, model: none, tool: none, price: () => null, observer: { event: () => undefined } }, graphOf: (plan) => runGraph(plan.graph.fused) });
  await runtime.start();
  return {
    runtime,
    async send(topic: string, id: string) {
      await bus.publish([{ topic, key: null, id: `${topic} ${id}`, headers: {}, body: JSON.stringify({ id }) }]);
      await clock.advance(2000);
    },
    states: async (): Promise<unknown> => (await store.runs({ flow: "waiter", limit: 10 })).map(({ status }) => status),
    async close() {
      const closing = runtime.close();
      await clock.advance(10_000);
      await closing;
    },
  };
}

test("`replace`: what the runs wait for that its steps start is read on", async () => {
  const made = await serving(caller("first", "a", "1.0.0", CALL));
  await made.send("a", "x");
  for (const flow of load(caller("first", "a", "2.0.0", CALL))) await made.runtime.replace(flow);
  await made.send("pay", "x");
  expect(await made.states()).toEqual(["completed"]);
  await made.close();
});

test("`replace` by a version that starts none: who starts them too reads for them", async () => {
  const made = await serving(caller("first", "a", "1.0.0", CALL), caller("second", "b", "1.0.0", CALL));
  for (const flow of load(caller("first", "a", "2.0.0", PURE))) await made.runtime.replace(flow);
  await made.send("b", "y");
  await made.send("pay", "y");
  expect(await made.states()).toEqual(["completed"]);
  await made.close();
});
