import { describe, expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Json } from "../../../src/core/json.js";
import type { ModelAnswer } from "../../../src/core/ports/model.js";
import type { CommitItem, Store } from "../../../src/core/ports/store.js";
import { SHARDS, shardOf } from "../../../src/core/run-id.js";
import { StepError } from "../../../src/core/errors.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";
import { virtualClock } from "../../support/virtual-clock.js";
import { ask, eventsOf } from "./restart.js";

const head = `
flowctl: v1
flow: f
types: { N: { fields: { n: number } } }
topics: { in: { message: N }, out: { message: N } }
models: { m: { provider: scripted, model: s, answers: {} } }
agents: { clerk: { model: m, instructions: "Do it.", input: N, tools: [k], limits: { turns: 5 } } }
policies: { late: { retry: { max: 3, backoff: constant, initial: 1m, jitter: none } } }
tools:
  k: { module: ./tools.ts#k, input: N, output: N, effect: write, idempotency: key }
  r: { module: ./tools.ts#r, input: N, output: N, effect: read }
on: { topic: in }
`;
const flows: Readonly<Record<string, string>> = {
  "reads, writes, pure steps, emits": `
steps:
  - { id: a, set: "\${input.n + 1}" }
  - { id: b, tool: r, with: { n: "\${steps.a}" } }
  - { id: c, tool: k, with: { n: "\${steps.b.n}" } }
  - { emit: out, with: { n: "\${steps.c.n}" } }
  - { id: d, tool: k, with: { n: "\${steps.c.n + 1}" } }
value: "\${steps.d.n}"`,
  "an ask, its time, and an answer": `
steps:
  - { id: a, tool: k, with: { n: 1 } }
  - { id: q, ask: { question: "ok?", output: boolean, timeout: 1h, on_timeout: false } }
  - { id: t, ask: { question: "ok?", output: boolean, timeout: 1h, on_timeout: false } }
  - { id: b, tool: k, with: { n: "\${steps.q && !steps.t ? 7 : 0}" } }
  - { emit: out, with: { n: "\${steps.b.n}" } }
value: "\${steps.b.n}"`,
  "an ask beside work, a map, a loop": `
steps:
  - id: fan
    parallel: { rest: finish }
    branches:
      one: [ { id: q, ask: { question: "ok?", output: boolean } }, { id: x, tool: k, with: { n: 2 } } ]
      two: [ { id: all, map: { over: "[3, 4, 5]", as: i, concurrency: 2, rest: finish }, do: [ { id: w, tool: k, with: { n: "\${i}" } } ] } ]
      three: [ { id: fold, loop: { init: 10, max: 3, until: state > 12 }, do: [ { id: p, tool: k, with: { n: "\${state + 1}" } } ], value: "\${steps.p.n}" } ]
  - { emit: out, with: { n: "\${steps.fan.one.n}" } }
value: "\${steps.fan.one.n}"`,
  "retries that park the run": `
steps:
  - { id: a, tool: k, with: { n: 1 } }
  - { id: b, tool: r, with: { n: 100 }, policy: late }
  - { id: c, tool: k, with: { n: "\${steps.b.n}" } }
value: "\${steps.c.n}"`,
  "an agent and its tool": `
steps:
  - { id: a, agent: clerk, with: { n: 1 } }
  - { id: b, tool: k, with: { n: 3 } }
value: "\${steps.a}"`,
  "a failure and its dead letter": `
steps:
  - { id: a, tool: k, with: { n: 1 } }
  - { id: b, tool: r, with: { n: -1 } }
value: 1`,
};

interface Outcome {
  readonly status: string | null;
  readonly last: Json | undefined;
  readonly emitted: readonly Json[];
  readonly letters: number;
}

/** Runs what is in the store and on the bus to its end, answering `q`; `effects` are the calls that were made. */
async function live(text: string, store: Store, send: boolean, attempts: Map<string, number>): Promise<Outcome & { readonly effects: string[]; readonly run: string }> {
  const clock = virtualClock();
  const effects: string[] = [];
  const tool =
    (name: string): ToolFake =>
    (input, { key }) => {
      const n = typeof input === "object" && input !== null && "n" in input ? Number(input.n) : 0;
      effects.push(name === "k" ? `k ${key}` : `r ${n}`);
      const seen = (attempts.get(`${name}${n}`) ?? 0) + 1;
      attempts.set(`${name}${n}`, seen);
      if (n === 100 && seen < 3) throw new StepError("unavailable", "away");
      if (n === -1) throw new StepError("refused", "no");
      return input;
    };
  const model = async () => ({
    complete: async (_request: object, { caller: { path } }: { readonly caller: { readonly path: string } }): Promise<ModelAnswer> => {
      effects.push(`model ${path}`);
      const usage = { in: 1, out: 1 };
      return path.endsWith("~1") ? { text: "", toolCalls: [{ id: "c", name: "k", args: { n: 9 } }], usage, finish: "tools" } : { text: "done", toolCalls: [], usage, finish: "stop" };
    },
  });
  const p: World = world(head + text, { k: tool("k"), r: tool("r") }, { store, clock, keepBus: createMemoryBus(clock), model });
  await p.runtime.start();
  if (send) await p.send("in", [{ n: 1 }]);
  for (let turn = 0; turn < 40; turn += 1) {
    await clock.advance(turn < 10 ? 10 : 30 * 60_000);
    const [row] = await store.runs({ limit: 1 });
    const q = row === undefined ? undefined : (await openAsks(store, row.run)).find((path) => path.endsWith("q"));
    if (row !== undefined && q !== undefined) await ask(p, row.run, { kind: "answer", path: q, payload: true });
    if (row?.status !== null && row !== undefined) break;
  }
  await p.settle();
  const [row] = await store.runs({ limit: 2 });
  if (row === undefined) throw new Error("there is no run");
  const finished = (await eventsOf(store, row.run)).findLast(({ type }) => type === "run.finished");
  const last = finished?.type === "run.finished" ? (finished.data.output ?? null) : undefined;
  return { run: row.run, status: row.status, last, emitted: await p.read("out"), letters: (await store.deadLetters({ limit: 10 })).length, effects };
}

async function openAsks(store: Store, run: string): Promise<readonly string[]> {
  const open = new Set<string>();
  for (const { type, path = "" } of await eventsOf(store, run)) {
    if (type === "wait.opened") open.add(path);
    else if (type === "signal.received" || type === "timer.fired") open.delete(path);
  }
  return [...open];
}

/** A store that holds the first items of another. */
async function prefix(items: readonly CommitItem[], plans: Store): Promise<Store> {
  const store = createMemoryStore();
  const fences = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => store.own(shard, "dead")));
  for (const item of items) {
    const plan = item.events[0]?.type === "run.admitted" ? await plans.plan(item.events[0].data.hash) : null;
    if (plan !== null) await store.putPlan(plan);
    await store.commit([{ ...item, fence: item.fence === null ? null : (fences[shardOf(item.run)] ?? null) }]);
  }
  return store;
}

describe("recovery from every commit (SEMANTICS §4), through the runtime", () => {
  for (const [name, text] of Object.entries(flows)) {
    test(name, async () => {
      const inner = createMemoryStore();
      const items: CommitItem[] = [];
      const recording: Store = {
        ...inner,
        commit(all) {
          items.push(...all);
          return inner.commit(all);
        },
      };
      const whole = await live(text, recording, true, new Map());
      expect(items.length).toBeGreaterThanOrEqual(2);
      for (let cut = 1; cut < items.length; cut += 1) {
        const past = items.slice(0, cut);
        const store = await prefix(past, inner);
        const events = past.flatMap((item) => item.events);
        // The world went on: it knows the attempts that were made.
        const attempts = new Map<string, number>();
        for (const { type } of events) if (type === "step.failed" && text.includes("n: 100")) attempts.set("r100", (attempts.get("r100") ?? 0) + 1);
        const published = new Set((await Promise.all(Array.from({ length: SHARDS }, (_, shard) => store.outbox(shard, 100)))).flat().map(({ message }) => message.id));
        const again = await live(text, store, false, attempts);
        expect({ cut, status: again.status, last: again.last, letters: again.letters }).toEqual({ cut, status: whole.status, last: whole.last, letters: whole.letters });
        expect({ cut, emitted: again.emitted }).toEqual({ cut, emitted: whole.emitted });
        expect(published.size).toBeLessThanOrEqual(1);
        // Nothing recorded is done twice: neither calls of tools nor of models.
        const done = new Set(events.flatMap((event) => (event.type === "step.completed" || event.type === "model.completed" ? [event.path ?? ""] : [])));
        const repeated = (await eventsOf(store, again.run)).slice(events.length).filter((event) => (event.type === "step.started" && event.data.effect === "write" || event.type === "model.started") && done.has(event.path ?? ""));
        expect({ cut, repeated }).toEqual({ cut, repeated: [] });
        expect((await store.runs({ limit: 1 }))[0]).toMatchObject({ waits: [] });
        expect((await Promise.all(Array.from({ length: SHARDS }, (_, shard) => store.timers(shard, Infinity, 10)))).flat()).toEqual([]);
      }
    });
  }
});
