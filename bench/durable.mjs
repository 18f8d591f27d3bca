// A runtime over the durable store, from the built library: its store runs in a worker thread that needs a file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const lib = (path) => import(new URL(`../dist/lib/${path}`, import.meta.url).href);
const [{ createRuntime }, { runGraph }, { openDatabase }, { createSqliteStore }, { systemClock }, { systemRandom }] = await Promise.all([
  lib("runtime/runtime.js"),
  lib("compiler/run-graph.js"),
  lib("adapters/sqlite/database.js"),
  lib("adapters/store/sqlite.js"),
  lib("adapters/clock/system.js"),
  lib("adapters/random/system.js"),
]);

/** A folder for a database, removed with `close`. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), "flowctl-bench-"));
  return { file: join(path, "flowctl.db"), close: () => rmSync(path, { recursive: true, force: true }) };
}

/** `plans`: one or several. `wrap` may watch the store's calls; `open` gives another store than SQLite's. */
export async function durableRuntime(plans, file, { bus = null, open = null, tool = () => Promise.reject(new Error("no tool")), model = () => Promise.reject(new Error("no model")), wrap = (store) => store, observer = { pure: false, event() {} } } = {}) {
  const { database, store: opened } = open === null ? await sqlite(file) : await open();
  const store = wrap(opened);
  const graphOf = (one) => runGraph(one.graph.fused);
  const runtime = createRuntime({
    flows: [plans].flat().map((plan) => ({ plan, graph: graphOf(plan) })),
    graphOf,
    ports: { clock: systemClock, random: systemRandom, store, bus, model, tool, price: () => null, observer },
  });
  await runtime.start();
  return {
    runtime,
    store,
    /** As if the process had died. */
    abandon: () => database[Symbol.asyncDispose](),
    async close() {
      await runtime.close();
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function sqlite(file) {
  const database = await openDatabase(file);
  return { database, store: createSqliteStore(database) };
}

const tool = { call: async ({ input: { id } }) => ({ id, n: 0 }) };
export const noop = async () => tool;

export async function completed(runtime, flow, input) {
  const { status, error } = await runtime.manual(flow, input);
  if (status !== "completed") throw new Error(error?.message ?? status);
}

export const p = (values, share) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
