import { expect, it } from "vitest";
// Loaded before the first run: else a graph of several nodes begins some turns later.
import "../../../src/compiler/emit-graph.js";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { poolFrom, type RunId, shardOf, SHARDS } from "../../../src/core/run-id.js";
import { readTask } from "../../../src/runtime/child/read-task.js";
import type { Admit } from "../../../src/runtime/child/task.js";
import { startRun } from "../../../src/runtime/run/execute.js";
import { NO_HISTORY } from "../../../src/runtime/run/history.js";
import { recordingJournal } from "../../support/recording-journal.js";
import { loadFlows } from "../../support/runtime.js";
import { seededRandom } from "../../support/seeded-random.js";
import { virtualClock } from "../../support/virtual-clock.js";

const FLOWS = `flowctl: v1
flow: f
topics: { in: { message: { fields: { n: number } } } }
on: in
steps:
  - { id: done, call: sub, queue: money, with: { n: 1 } }
---
flowctl: v1
flow: sub
input: { fields: { n: number } }
tools: { w: { module: ./tools.ts#w, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key } }
steps:
  - { id: wrote, tool: w }
`;

/** What it sends to the workers of its queue, in a store where those have shards of their own. */
async function taskOf(run: RunId, keyRun: RunId): Promise<Admit | null> {
  const [loaded] = loadFlows(FLOWS).filter(({ plan }) => plan.id === "f");
  if (loaded === undefined) throw new Error("there is no flow `f`");
  const clock = virtualClock();
  const ports = { clock, random: seededRandom(1), store: createMemoryStore(), bus: createMemoryBus(clock), model: () => Promise.reject(new Error("no models")), tool: () => Promise.reject(new Error("no tools")), price: () => null, observer: { event: () => undefined } };
  const sent = Promise.withResolvers<Admit | null>();
  const journal = recordingJournal(run, [], clock.now);
  const { execute, drop } = startRun({
    plan: loaded.plan,
    run,
    keyRun,
    input: { n: 1 },
    depth: 0,
    messageKey: null,
    startedAt: clock.now(),
    shardsOf: async () => poolFrom(SHARDS),
    ports,
    journal: {
      ...journal,
      append(type, path, data, index = []) {
        journal.append(type, path, data, index);
        for (const op of index) if (op.op === "outbox.put") sent.resolve(readTask(op.message.body));
      },
    },
    history: NO_HISTORY,
    signal: undefined,
    quiescent: () => undefined,
  });
  void loaded.graph(run, { n: 1 }, execute, new AbortController().signal);
  const task = await sent.promise;
  drop();
  return task;
}

it("a call on a queue writes with the keys of its first run when the message is sent again (I17)", async () => {
  const first = await taskOf("aafirst", "aafirst");
  const again = await taskOf("aaagain", "aafirst");
  expect(shardOf(first?.child ?? "")).toBeGreaterThanOrEqual(SHARDS);
  expect(again?.child).not.toBe(first?.child);
  expect([first?.parent.keys, again?.parent.keys]).toEqual([undefined, first?.child]);
});
