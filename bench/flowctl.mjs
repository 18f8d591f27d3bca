// What the cases call of flowctl.
import { readFileSync } from "node:fs";
import { fromSources } from "./bundle.mjs";

const { compile, runGraph, createRuntime, createMemoryBus, createMemoryStore, systemClock, systemRandom } = await fromSources(`
  export { compile } from "./src/compiler/compile.js";
  export { runGraph } from "./src/compiler/run-graph.js";
  export { createRuntime } from "./src/runtime/runtime.js";
  export { createMemoryBus } from "./src/adapters/bus/memory.js";
  export { createMemoryStore } from "./src/adapters/store/memory.js";
  export { systemClock } from "./src/adapters/clock/system.js";
  export { systemRandom } from "./src/adapters/random/system.js";
`);
export { compile };

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
};

/** The plan of the one flow in a file of bench/flows; `adapt` may change its text. */
export function planOf(name, adapt = (text) => text) {
  const { flows, diagnostics } = compile({ entries: [`bench/flows/${name}.yaml`], read: (path) => ((text) => (text === null ? null : adapt(text)))(read(path)) });
  const plan = flows[0]?.plan;
  if (!plan) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return plan;
}

/** A runtime over memory adapters; `bus` null for flows that are started by hand. Nobody watches its events. */
export function runtimeOf(plan, { bus = null, tool = () => Promise.reject(new Error("no tool")) } = {}) {
  return createRuntime({
    flows: [{ plan, graph: runGraph(plan.graph.fused) }],
    ports: {
      clock: systemClock,
      random: systemRandom,
      store: createMemoryStore(),
      bus,
      model: () => Promise.reject(new Error("no model")),
      tool,
      price: () => null,
      observer: { pure: false, event() {} },
    },
  });
}

export const memoryBus = () => createMemoryBus(systemClock);

/** Feeds the flow's topic `in` from what was published before, until nothing is left; gives the ms and what was counted. */
export async function drain(plan, messages) {
  const bus = memoryBus();
  for (let at = 0; at < messages.length; at += 1000) await bus.publish(messages.slice(at, at + 1000));
  const runtime = runtimeOf(plan, { bus });
  // The garbage of publishing is not of what is measured.
  globalThis.gc?.();
  const began = performance.now();
  await runtime.start();
  await runtime.idle();
  const ms = performance.now() - began;
  const stats = runtime.stats();
  await runtime.close();
  const out = await bus.subscribe({ topic: "out", group: "count", from: "earliest", maxBatch: 1 });
  const emitted = await out.lag();
  await bus[Symbol.asyncDispose]();
  return { ms, stats, emitted };
}
