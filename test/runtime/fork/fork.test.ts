import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { StepError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { Json } from "../../../src/core/json.js";
import type { Model } from "../../../src/core/ports/model.js";
import type { Fork } from "../../../src/core/ports/operator.js";
import type { Store } from "../../../src/core/ports/store.js";
import { prefixOf } from "../../../src/runtime/fork/prefix.js";
import { collect } from "../../support/collect.js";
import { turns } from "../../support/virtual-clock.js";
import { loadFlows, type ToolFake, world, type World } from "../../support/runtime.js";

const TOOLS = `tools:
  look: { module: ./tools.ts#look, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: read }
  put: { module: ./tools.ts#put, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key }
  back: { module: ./tools.ts#back, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key }
topics: { in: { message: { fields: { n: integer } }, key: string(msg.n) }, out: { message: { fields: { n: number } } } }
on: in
input: { fields: { n: integer } }
`;

const flow = (steps: string, more = ""): string => `flowctl: v1\nflow: f\n${TOOLS}${more}\nsteps:\n${steps.trim().replaceAll(/^/gm, "  ")}\n`;

const ALL = flow(`
- { id: a, tool: look, with: { n: "\${input.n}" } }
- { id: w, tool: put, with: { n: "\${steps.a.n + 1}" } }
- id: gate
  switch:
    - { when: steps.w.n > 1, do: [ { id: high, tool: put, with: { n: 10 } }, { set: "\${steps.high.n}" } ] }
    - else: { value: 0 }
- id: each
  map: { over: "[1, 2, 3]", as: x, join: settled }
  do: [ { id: q, tool: put, with: { n: "\${x}" } } ]
- id: fold
  loop: { init: 0, max: 3, while: state < 2 }
  do: [ { id: step, tool: put, with: { n: "\${state}" } } ]
  value: "\${state + 1}"
- { emit: out, with: { n: "\${steps.w.n}" } }
`, "output: { fields: { n: number, each: integer, fold: number } }\nvalue: { n: \"${steps.w.n + steps.gate}\", each: \"${size(steps.each.ok)}\", fold: \"${steps.fold}\" }\n");

interface Put {
  readonly key: string;
  readonly run: string;
}

async function started(text: string, puts: Put[], more: Readonly<Record<string, ToolFake>> = {}, store = createMemoryStore()): Promise<World> {
  const same: ToolFake = (input) => input;
  const put: ToolFake = (input, { key, run }) => {
    puts.push({ key, run });
    return input;
  };
  const one = world(text, { look: same, put, back: same, ...more }, { store });
  await one.runtime.start();
  return one;
}

async function firstRun(one: World): Promise<{ readonly run: string; readonly journal: readonly RunEvent[]; readonly output: Json | undefined }> {
  await one.send("in", [{ n: 2 }]);
  await one.settle();
  const [row] = await one.store.runs({ limit: 1 });
  return await ended(one, row?.run ?? "");
}

async function ended({ store }: World, run: string) {
  const journal = await collect(store.read(run, 0));
  const last = journal.findLast(({ type }) => type === "run.finished");
  return { run, journal, output: last?.type === "run.finished" ? last.data.output : undefined };
}

async function forked(one: World, of: string, at: Fork["at"], more: Partial<Fork> = {}) {
  const outcome = await one.runtime.fork(of, { at, plan: "pinned", ...more });
  if (outcome.is !== "forked") throw new Error(outcome.message);
  await one.settle();
  const fork = await ended(one, outcome.run);
  expect(new Set(fork.journal.map(({ run }) => run))).toEqual(new Set([outcome.run]));
  return { ...fork, kept: outcome.kept };
}

test("what a step has computed keeps the time that it was computed with", async () => {
  const one = await started(flow(`
- { id: late, when: "run.now > run.started - duration('1s')", set: "\${run.now}" }
- { id: gate, switch: [ { when: "run.now > run.started - duration('1s')", do: [ { set: 1 } ] }, { else: { value: 0 } } ] }
- { id: w, tool: put, with: { n: 1 } }
`), []);
  const first = await firstRun(one);
  const fork = await forked(one, first.run, { path: "w" });
  const decided = (journal: readonly RunEvent[]): readonly unknown[] => journal.flatMap((event) => (event.type === "step.decided" ? [[event.path, event.data]] : []));
  expect(decided(first.journal)).toEqual([["late", { what: "now", value: expect.any(Number) }], ["gate", { what: "now", value: expect.any(Number) }]]);
  expect(decided(fork.journal)).toEqual(decided(first.journal));
});

test("I2: a store whose reply is lost has the fork once, and it goes on", async () => {
  const inner = createMemoryStore();
  let lost = false;
  const store: Store = {
    ...inner,
    async commit(items) {
      const results = await inner.commit(items);
      if (lost || !items.some(({ events: [first] }) => first?.type === "run.admitted" && first.data.fork !== undefined)) return results;
      lost = true;
      throw new Error("the connection was cut");
    },
  };
  const one = await started(ALL, [], {}, store);
  const first = await firstRun(one);
  const forking = forked(one, first.run, null);
  await one.clock.advance(1_000);
  expect((await forking).output).toEqual(first.output);
  expect(await store.runs({ limit: 9 })).toHaveLength(2);
  await one.runtime.close();
});

test("a fork before any event ends as the first run did, and does again only what it has not", async () => {
  const puts: Put[] = [];
  const one = await started(ALL, puts);
  const { run, journal, output } = await firstRun(one);
  expect(output).toEqual({ n: 13, each: 3, fold: 2 });
  const writes = journal.filter(({ type }) => type === "step.started").filter((event) => event.type === "step.started" && event.data.effect === "write");
  const keys = new Set(puts.map(({ key }) => key));
  const emitted = (await one.read("out")).length;
  for (let seq = 1; seq <= journal.length; seq += 1) {
    const before = puts.length;
    const fork = await forked(one, run, { seq });
    expect(fork.output, `before ${seq}`).toEqual(output);
    expect(fork.journal[0]).toMatchObject({ type: "run.admitted", data: { fork: { of: run, at: seq } } });
    expect(fork.journal.map((event) => event.seq)).toEqual(fork.journal.map((_, index) => index));
    const done = journal.slice(0, seq).filter((event) => event.type === "step.completed" && writes.some(({ path }) => path === event.path)).length;
    expect(puts.length - before, `before ${seq}`).toBe(writes.length - done);
    for (const { key, run: by } of puts.slice(before)) {
      expect(by).toBe(fork.run);
      expect(keys.has(key)).toBe(false);
      keys.add(key);
    }
    expect(fork.kept).toBeLessThan(seq);
  }
  // What the first run had emitted is not emitted again.
  expect((await one.read("out")).length - emitted).toBeLessThan(journal.length);
  await one.runtime.close();
});

test("at a step: what comes before it is kept; with another input nothing is", async () => {
  const puts: Put[] = [];
  const one = await started(ALL, puts);
  const { run } = await firstRun(one);
  puts.length = 0;
  expect((await forked(one, run, { path: "each" })).output).toEqual({ n: 13, each: 3, fold: 2 });
  expect(puts).toHaveLength(5);
  puts.length = 0;
  expect((await forked(one, run, null, { input: { n: 20 } })).output).toEqual({ n: 31, each: 3, fold: 2 });
  expect(puts).toHaveLength(7);
  expect(await one.runtime.fork(run, { at: null, plan: "pinned", input: { n: "no" } })).toMatchObject({ is: "refused", message: expect.stringContaining("does not fit") });
  expect(await one.runtime.fork(run, { at: { path: "nothing" }, plan: "pinned" })).toMatchObject({ is: "refused", message: expect.stringContaining("has not come to the step `nothing`") });
  expect(await one.runtime.fork("aanone", { at: null, plan: "pinned" })).toMatchObject({ is: "refused", why: "no_such_run" });
  await one.runtime.close();
});

test("a failed run, forked where it failed once that is mended", async () => {
  const puts: Put[] = [];
  let broken = true;
  const one = await started(ALL, puts, { look: (input) => { if (broken) throw new Error("away"); return input; } });
  const { run, journal } = await firstRun(one);
  expect(journal.at(-1)).toMatchObject({ type: "run.finished", data: { status: "failed" } });
  broken = false;
  expect((await forked(one, run, { path: "a" })).output).toEqual({ n: 13, each: 3, fold: 2 });
  await one.runtime.close();
});

describe("I33: a saga", () => {
  const SAGA = flow(`
- { id: a, tool: put, with: { n: 1 } }
- id: s
  saga: {}
  do:
    - { id: r, tool: look, with: { n: 1 } }
    - { id: x, tool: put, with: { n: 2 }, compensate: { tool: back, with: { n: 2 } } }
    - { id: y, tool: put, with: { n: 3 }, compensate: { tool: back, with: { n: 3 } } }
- { id: z, tool: put, with: { n: 4 } }
`);

  test("is not forked where it has effects; before and behind it is", async () => {
    const puts: Put[] = [];
    const one = await started(SAGA, puts);
    const { run } = await firstRun(one);
    puts.length = 0;
    for (const path of ["s", "s/r", "s/x"]) await forked(one, run, { path });
    expect(puts).toHaveLength(9);
    expect(await one.runtime.fork(run, { at: { path: "s/y" }, plan: "pinned" })).toMatchObject({ is: "refused", message: expect.stringContaining("the saga or branch `s` has effects there") });
    puts.length = 0;
    await forked(one, run, { path: "z" });
    expect(puts).toHaveLength(1);
    await one.runtime.close();
  });
});

test("a question that was open is asked again, its time begins anew", async () => {
  const puts: Put[] = [];
  const one = await started(flow(`
- { id: w, tool: put, with: { n: 1 } }
- { id: ok, ask: { question: "Go on?", timeout: 1h, output: { fields: { approved: boolean } } } }
`), puts);
  await one.send("in", [{ n: 2 }]);
  await one.settle();
  const [row] = await one.store.runs({ limit: 1 });
  const outcome = await one.runtime.fork(row?.run ?? "", { at: { seq: (await collect(one.store.read(row?.run ?? "", 0))).length }, plan: "pinned" });
  if (outcome.is !== "forked") throw new Error(outcome.message);
  await one.settle();
  expect(puts).toHaveLength(1);
  expect(await one.store.run(outcome.run)).toMatchObject({ status: null, waits: [{ kind: "ask", path: "ok" }] });
  await one.runtime.close();
});

test("a fork waits for signals of its own: what the first run has heard is kept, what comes to either now is its alone", async () => {
  const puts: Put[] = [];
  const one = await started(flow(`
- { id: w, tool: put, with: { n: 1 } }
- { id: go, wait: { signal: go, type: { fields: { n: number } } } }
- { id: z, tool: put, with: { n: "\${steps.go.n}" } }
`, "value: \"${steps.z.n}\"\n"), puts);
  await one.send("in", [{ n: 2 }]);
  await one.settle();
  const [row] = await one.store.runs({ limit: 1 });
  const first = row?.run ?? "";
  const outcome = await one.runtime.fork(first, { at: { path: "go" }, plan: "pinned" });
  if (outcome.is !== "forked") throw new Error(outcome.message);
  await one.settle();
  const signal = (run: string, n: number) => one.runtime.request({ id: `s${n}`, run, at: 0, by: "me", request: { kind: "signal", name: "go", payload: { n } } });
  expect(await signal(first, 5)).toEqual({ is: "accepted" });
  await one.settle();
  expect(await one.store.run(outcome.run)).toMatchObject({ status: null, waits: [{ kind: "signal", signal: "go" }] });
  expect(await signal(outcome.run, 7)).toEqual({ is: "accepted" });
  await one.settle();
  expect([(await ended(one, first)).output, (await ended(one, outcome.run)).output]).toEqual([5, 7]);
  expect(puts).toHaveLength(3);
  await one.runtime.close();
});

test("I25: a fork waits for the run that it starts itself: what it was told of the end of the first run's is the first run's", async () => {
  const looked: Json[] = [];
  const look: ToolFake = (input) => {
    looked.push(input);
    return { n: looked.length };
  };
  const one = await started(flow(`
- { id: deep, when: run.depth < 1, call: f, with: { n: 5 } }
- { id: a, when: run.depth > 0, tool: look, with: { n: "\${input.n}" } }
`, "limits: { depth: 2 }\noutput: { fields: { n: number } }\nvalue: { n: \"${has(steps.deep) ? steps.deep.n : steps.?a.n.orValue(0)}\" }\n"), [], { look });
  await one.send("in", [{ n: 2 }]);
  await one.settle();
  const first = await ended(one, (await one.store.runs({ limit: 9 })).at(-1)?.run ?? "");
  expect(first.output).toEqual({ n: 1 });
  const heard = first.journal.findIndex(({ type }) => type === "signal.received");
  const fork = await forked(one, first.run, { seq: heard + 1 });
  expect(looked).toEqual([{ n: 5 }, { n: 5 }]);
  expect(fork.output).toEqual({ n: 2 });
  await one.runtime.close();
});

test("I25: a fork of a run that a step has started is as deep as that one, and tells nobody how it ends: the step waits for the first one", async () => {
  const one = await started(flow(`
- { id: deep, when: run.depth < 1, call: f, with: { n: 5 } }
- { id: q, when: run.depth > 0, ask: { question: "ok?", output: { fields: { n: integer } } } }
`, "limits: { depth: 2 }\noutput: { fields: { n: number } }\nvalue: { n: \"${has(steps.deep) ? steps.deep.n : steps.?q.n.orValue(0)}\" }\n"), []);
  await one.send("in", [{ n: 2 }]);
  await one.settle();
  const rows = await one.store.runs({ limit: 9 });
  const child = rows.find(({ waits }) => waits.some(({ kind }) => kind === "ask"))?.run ?? "";
  const parent = rows.find(({ run }) => run !== child)?.run ?? "";
  const fork = await forked(one, child, { path: "q" });
  const answer = async (run: string, n: number): Promise<void> => {
    expect(await one.runtime.request({ id: `answer ${n}`, run, at: 0, by: "me", request: { kind: "answer", path: "q", payload: { n } } })).toEqual({ is: "accepted" });
    await one.settle();
  };
  await answer(fork.run, 8);
  expect((await ended(one, fork.run)).output).toEqual({ n: 8 });
  expect(await one.store.run(parent)).toMatchObject({ status: null });
  await answer(child, 7);
  expect((await ended(one, parent)).output).toEqual({ n: 7 });
  await one.runtime.close();
});

test("I36: what a fork has from the first run counts in its own budget, and once in one over runs", async () => {
  let calls = 0;
  const model: Model = {
    async complete() {
      calls += 1;
      return { text: "ok", toolCalls: [], usage: { in: 40, out: 60 }, finish: "stop" };
    },
  };
  const text = flow(`
- { id: think, agent: a, with: { n: 1 } }
- { id: w, tool: put, with: { n: 1 } }
- { id: again, agent: a, with: { n: 2 } }
`, "models: { m: { provider: scripted, model: s, answers: {}, max_tokens: 100 } }\nagents: { a: { model: m, instructions: x, input: { fields: { n: number } } } }\nbudget: { tokens: 100000, per: day }");
  const one = world(text, { put: (input) => input }, { model: async () => model });
  await one.runtime.start();
  const { run } = await firstRun(one);
  const spent = async () => (await one.store.budgets({ limit: 9 })).map(({ tokens }) => tokens);
  expect([calls, await spent()]).toEqual([2, [200]]);
  const fork = await forked(one, run, { path: "again" });
  expect([calls, await spent()]).toEqual([3, [300]]);
  const finished = fork.journal.findLast(({ type }) => type === "run.finished");
  expect(finished?.data).toMatchObject({ usage: { in: 80, out: 120 } });
  await one.runtime.close();
});

test("a journal that was opened again is forked before that only", () => {
  const run = "aarun";
  const journal: readonly RunEvent[] = [
    { type: "run.admitted", run, seq: 0, at: 1, data: { flow: "f", hash: "h", input: null, source: null } },
    { type: "run.started", run, seq: 1, at: 1, data: { now: 1 } },
    { type: "step.failed", run, seq: 2, at: 1, path: "a", data: { attempt: 1, error: { code: "x", message: "" }, outcome: "not_applied" } },
    { type: "run.reopened", run, seq: 3, at: 2, data: { path: "a", by: "me" } },
    { type: "step.completed", run, seq: 4, at: 3, path: "a^1", data: { attempt: 1, ms: 1 } },
  ];
  expect(prefixOf(journal, { seq: 3 })).toMatchObject({ at: 3 });
  expect(prefixOf(journal, { seq: 5 })).toEqual({ cannot: expect.stringContaining("opened again") });
  expect(prefixOf(journal, { seq: 6 })).toEqual({ cannot: "it has 5 events" });
});

test("a fork that fails makes no dead letter: the message is the first run's, which ended as it did", async () => {
  const one = await started(flow('- { id: a, tool: look, with: { n: "${input.n}" } }'), [], { look: () => Promise.reject(new StepError("refused", "no")) });
  const { run } = await firstRun(one);
  expect(await one.store.deadLetters({ limit: 9 })).toMatchObject([{ id: `${run}/dlq` }]);
  const fork = await forked(one, run, null);
  expect(await one.store.run(fork.run)).toMatchObject({ status: "failed" });
  expect(await one.store.deadLetters({ limit: 9 })).toHaveLength(1);
  await one.runtime.close();
});

test("a fork waits for its own lock, and holds one of its own: the first run keeps its place", async () => {
  const text = flow('- { id: q, lock: "\'till\'", ask: { question: "ok?", output: boolean } }\n- { id: w, tool: put, with: { n: "${input.n}" } }');
  const puts: Put[] = [];
  const one = await started(text, puts);
  const { run } = await firstRun(one);
  const fork = await forked(one, run, null);
  expect(await one.store.run(fork.run)).toMatchObject({ waits: [{ kind: "lock", lock: "till" }] });
  const answer = async (of: string) => {
    expect(await one.runtime.request({ id: `answer ${of}`, run: of, at: 0, by: "me", request: { kind: "answer", path: "q", payload: true } })).toEqual({ is: "accepted" });
    await one.settle();
  };
  await answer(run);
  await answer(fork.run);
  expect(puts.map(({ run: by }) => by)).toEqual([run, fork.run]);
  for (const id of [run, fork.run]) expect(await one.store.run(id)).toMatchObject({ status: "completed" });
  expect(await one.store.lockHead("till")).toBeNull();
  await one.runtime.close();
});

test("a question that is open where a fork begins is told anew: whoever was told of the first run's knows nothing of the fork's", async () => {
  const toldOf: string[] = [];
  const look: ToolFake = (input, { run }) => {
    toldOf.push(run);
    return input;
  };
  const one = await started(flow('- { id: q, ask: { question: "ok?", output: boolean, to: { tool: look, with: { n: 7 } } } }'), [], { look });
  const { run } = await firstRun(one);
  const journal = await collect(one.store.read(run, 0));
  expect(journal.some(({ type, path }) => type === "step.completed" && path === "q!to")).toBe(true);
  const fork = await forked(one, run, { seq: journal.length });
  expect(toldOf).toEqual([run, fork.run]);
  await one.runtime.close();
});

test("a write that a fork makes anew is found out about anew: its key is another one", async () => {
  const text = flow('- { id: w, tool: sent, with: { n: 1 }, on_unknown: verify }').replace("  back:", `  sent: { module: ./tools.ts#sent, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, verify: { tool: was, with: { key: "\${key}" } } }
  was: { module: ./tools.ts#was, input: { fields: { key: string } }, output: { fields: { happened: boolean, output: { fields: { n: number } } } }, effect: read }
  back:`);
  const sent: ToolFake = () => {
    throw new StepError("timeout", "no answer", { outcome: "unknown" });
  };
  const asked: string[] = [];
  const was: ToolFake = (input) => {
    asked.push(JSON.stringify(input));
    return { happened: true, output: { n: 5 } };
  };
  const one = await started(text, [], { sent, was });
  const { run, journal } = await firstRun(one);
  const at = journal.findIndex(({ type }) => type === "step.verified");
  expect(journal.slice(0, at).some(({ type, path }) => type === "step.completed" && path === "w?1")).toBe(true);
  const fork = await forked(one, run, { seq: at });
  expect(await one.store.run(fork.run)).toMatchObject({ status: "completed" });
  expect(new Set(asked).size).toBe(2);
  await one.runtime.close();
});

const endsOf = (journal: readonly RunEvent[], path: string): readonly string[] => journal.flatMap((event) => (event.path === path && (event.type === "step.cancelled" || event.type === "step.completed") ? [event.type] : []));

test("what was cancelled with the whole run begins again in a fork from there: nothing cancels it in that one", async () => {
  const begun = Promise.withResolvers<string>();
  const look: ToolFake = (input, { run, signal }) => {
    begun.resolve(run);
    return forks ? input : new Promise<Json>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  let forks = false;
  const one = await started(flow('- { id: a, tool: look, with: { n: 1 } }'), [], { look });
  await one.send("in", [{ n: 2 }]);
  const run = await begun.promise;
  // What only reads begins before its run is durable.
  while ((await one.store.run(run)) === null) await turns(1);
  expect(await one.runtime.request({ id: "c", run, at: 0, by: "ann", request: { kind: "cancel" } })).toEqual({ is: "accepted" });
  await one.settle();
  const first = await ended(one, run);
  expect(endsOf(first.journal, "a")).toEqual(["step.cancelled"]);
  forks = true;
  const fork = await forked(one, run, { seq: first.journal.length - 1 });
  expect(endsOf(fork.journal, "a")).toEqual(["step.completed"]);
  await one.runtime.close();
});

test("what was cancelled with a block whose time was over begins again in a fork from there", async () => {
  const one = await started(flow('- { id: each, map: { over: "[1]", as: x }, timeout: 1m, do: [ { id: q, ask: { question: "ok?", output: boolean } } ] }'), []);
  const { run } = await firstRun(one);
  await one.clock.advance(60_000);
  await one.settle();
  const first = await ended(one, run);
  expect(endsOf(first.journal, "each[0]/q")).toEqual(["step.cancelled"]);
  const fork = await forked(one, run, { seq: first.journal.findIndex(({ type }) => type === "step.failed") });
  expect(await one.runtime.request({ id: "a", run: fork.run, at: 0, by: "ann", request: { kind: "answer", path: "each[0]/q", payload: true } })).toEqual({ is: "accepted" });
  await one.settle();
  expect(endsOf((await ended(one, fork.run)).journal, "each[0]/q")).toEqual(["step.completed"]);
  await one.runtime.close();
});

test("no run is forked into a pure version of its flow: what it emitted would be published by nobody", async () => {
  const one = await started(flow('- { id: a, tool: look, with: { n: "${input.n}" } }\n- { emit: out, with: { n: 1 } }'), []);
  const { run } = await firstRun(one);
  const [pure] = loadFlows(flow("- { emit: out, with: { n: 2 } }"));
  if (pure === undefined) throw new Error("no flow");
  await one.runtime.replace(pure);
  expect(await one.runtime.fork(run, { at: null, plan: "new" })).toMatchObject({ is: "refused", message: expect.stringContaining("is pure") });
  expect(await one.store.runs({ limit: 9 })).toHaveLength(1);
  await one.runtime.close();
});
