import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/json.js";
import { shardOf } from "../../../src/core/run-id.js";
import type { ToolFake } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";
import { ask, machine } from "./restart.js";

const flow = (steps: string, more = ""): string => `
flowctl: v1
flow: f
types: { In: { fields: { id: string, due: string } }, Paid: { fields: { amount: number } } }
topics: { in: { message: In, key: msg.id }, out: {} }
tools: { book: { module: ./tools.ts#book, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: write, idempotency: key } }
on: ${more === "" ? "in" : more}
input: In
steps:
${steps}
`;
const message = { id: "a", due: "2026-01-01T01:00:00Z" };
const echo: Readonly<Record<string, ToolFake>> = { book: (input) => input };
const signal = (payload: Json, name = "paid") => ({ kind: "signal", name, payload }) as const;

describe("a wait for a time", () => {
  test.each([
    ["a duration", "5m", 300_000],
    ["a timestamp", '"${timestamp(input.due)}"', 3_600_000],
    ["a sum", '"${run.started + duration(\'90s\')}"', 90_000],
  ])("%s parks the run, over a restart, and is never early", async (_, wait, ms) => {
    const text = flow(`  - { wait: ${wait} }\n  - { emit: out, with: "\${input}" }`);
    const m = machine();
    await (await m.boot(text)).send("in", [message]);
    await m.clock.advance(500);
    const { run } = await m.only("parked");
    const second = await m.boot(text);
    await m.clock.advance(ms - 600);
    expect(await m.store.run(run)).toMatchObject({ status: null, waits: [{ kind: "timer", path: "wait1" }] });
    await m.clock.advance(1_200);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(await m.store.timers(shardOf(run), Infinity, 10)).toEqual([]);
    expect(await second.read("out")).toEqual([message]);
  });

  test("a clock that goes on between two looks at it makes no timeout of it, over a restart", async () => {
    const text = flow(`  - { wait: 5m }\n  - { emit: out, with: "\${input}" }`);
    const m = machine();
    const { now } = m.clock;
    let looks = 0;
    Object.assign(m.clock, { now: () => now() + (looks += 1) });
    await (await m.boot(text)).send("in", [message]);
    await m.clock.advance(500);
    const { run } = await m.only("parked");
    const second = await m.boot(text);
    await m.clock.advance(301_000);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed", error: null });
  });

  test("one that is past does not wait, a short one is not parked", async () => {
    const m = machine();
    const p = await m.boot(flow(`  - { wait: "\${timestamp('2020-01-01T00:00:00Z')}" }\n  - { wait: 2s }\n  - { emit: out, with: 1 }`));
    await p.send("in", [message]);
    await m.clock.advance(1_900);
    const { run } = await m.only("running");
    await m.clock.advance(200);
    await p.settle();
    const events = await m.events(run);
    expect(events.map(({ type }) => type)).not.toContain("run.parked");
    expect(events.filter(({ type }) => type === "wait.opened")).toHaveLength(1);
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
  });

  test("its own timeout comes first", async () => {
    const m = machine();
    const p = await m.boot(flow(`  - { wait: 1h, timeout: 10m, catch: [ { on: [timeout], do: [ { emit: out, with: "\${error.code}" } ] } ] }`));
    await p.send("in", [message]);
    await m.clock.advance(601_000);
    await p.settle();
    expect(await p.read("out")).toEqual(["timeout"]);
    expect(await m.only()).toMatchObject({ status: "completed" });
  });

  test("is withdrawn by an operator and by a time limit around it", async () => {
    const m = machine();
    const p = await m.boot(flow(`  - id: s\n    switch: [ { else: { do: [ { id: w, wait: 1h } ], timeout: 10m, catch: [ { on: [timeout], value: 1 } ] } } ]\n  - { wait: 1h }`));
    await p.send("in", [message]);
    await m.clock.advance(601_000);
    const { run } = await m.only("parked");
    expect((await m.events(run)).find(({ type }) => type === "step.cancelled")).toMatchObject({ path: "s/w" });
    expect(await m.store.run(run)).toMatchObject({ waits: [{ path: "wait1" }] });
    await ask(p, run, { kind: "cancel" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
    expect(await m.store.timers(shardOf(run), Infinity, 10)).toEqual([]);
  });
});

const PAID = flow(`  - { id: a, tool: book, with: { n: 1 } }
  - { id: p, wait: { signal: paid, type: Paid } }
  - { id: b, tool: book, with: { n: "\${steps.p.amount}" } }
  - { emit: out, with: "\${steps.p}" }`);

describe("a wait for a signal", () => {
  test("a late one wakes the run, by the process that parked it and after a restart", async () => {
    const m = machine();
    const p = await m.boot(PAID, echo);
    await p.send("in", [message, { ...message, id: "b" }]);
    await p.settle();
    const [one, two] = await m.store.runs({ limit: 2, state: "parked" });
    if (one === undefined || two === undefined) throw new Error("two runs wait");
    expect(one.waits).toMatchObject([{ kind: "signal", path: "p", signal: "paid" }]);
    expect(await ask(p, one.run, signal({ amount: 7 }))).toEqual({ is: "accepted" });
    await p.settle();
    expect(await p.read("out")).toEqual([{ amount: 7 }]);
    const second = await m.boot(PAID, echo);
    expect(await ask(second, two.run, signal({ amount: 8 }))).toEqual({ is: "accepted" });
    await second.settle();
    expect((await second.read("out")).toSorted((x, y) => JSON.stringify(x).localeCompare(JSON.stringify(y)))).toEqual([{ amount: 7 }, { amount: 8 }]);
  });

  test("an early one is kept: of a run that waits for its place, of one at work, of one that waits for something else", async () => {
    const m = machine();
    const text = flow(`  - { id: a, tool: book, with: { n: 1 } }\n  - { id: q, ask: { question: "ok?", output: boolean } }\n  - { id: p, wait: { signal: paid, type: Paid } }\n  - { emit: out, with: "\${steps.p}" }`, "{ topic: in, concurrency: 1 }");
    const gate = Promise.withResolvers<void>();
    const p = await m.boot(text, { book: async (input) => (await gate.promise, input) });
    await p.send("in", [message, { ...message, id: "b" }]);
    await turns(10);
    const rows = await m.store.runs({ limit: 2 });
    for (const { run } of rows) expect(await ask(p, run, signal({ amount: 1 }))).toEqual({ is: "accepted" });
    gate.resolve();
    await p.settle();
    for (const { run } of rows) {
      expect(await m.store.run(run)).toMatchObject({ waits: [{ path: "q" }] });
      // Wakes nobody, and counts for a wait that does not come.
      expect(await ask(p, run, signal({ amount: 2 }))).toEqual({ is: "accepted" });
      expect(await m.store.run(run)).toMatchObject({ waits: [{ path: "q" }] });
    }
    const second = await m.boot(text, echo);
    for (const { run } of rows) expect(await ask(second, run, { kind: "answer", path: "q", payload: true })).toEqual({ is: "accepted" });
    await second.settle();
    expect(await second.read("out")).toEqual([{ amount: 1 }, { amount: 1 }]);
  });

  test("an early one of a run that waits for its place is there when the run begins, in the process that took it", async () => {
    const m = machine();
    const text = flow(`  - { id: a, tool: book, with: { n: 1 } }\n  - { id: p, wait: { signal: paid, type: Paid } }\n  - { emit: out, with: "\${steps.p}" }`, "{ topic: in, concurrency: 1 }");
    const gate = Promise.withResolvers<void>();
    const p = await m.boot(text, { book: async (input) => (await gate.promise, input) });
    await p.send("in", [message, { ...message, id: "b" }]);
    await turns(10);
    for (const { run } of await m.store.runs({ limit: 2 })) expect(await ask(p, run, signal({ amount: 1 }))).toEqual({ is: "accepted" });
    gate.resolve();
    await p.settle();
    expect(await p.read("out")).toEqual([{ amount: 1 }, { amount: 1 }]);
  });

  test("no lost wake-up: at every turn of beginning, working and parking (I13)", async () => {
    for (let turn = 0; turn < 60; turn += 1) {
      const m = machine();
      const p = await m.boot(PAID, echo);
      await p.send("in", [message]);
      while ((await m.store.runs({ limit: 1 })).length === 0) await turns(1);
      for (let at = 0; at < turn; at += 1) await (at % 2 === 0 ? Promise.resolve() : turns(1));
      const { run } = await m.only();
      expect(await ask(p, run, signal({ amount: turn }))).toEqual({ is: "accepted" });
      await p.settle();
      expect(await m.store.run(run), `turn ${turn}`).toMatchObject({ status: "completed" });
      expect(await p.read("out")).toEqual([{ amount: turn }]);
    }
  });

  test("two waits of one name take one each, in order; side by side too", async () => {
    const m = machine();
    const text = flow(`  - { id: p, wait: { signal: paid, type: Paid } }
  - id: fan
    parallel: { rest: finish }
    branches:
      one: [ { id: x, wait: { signal: paid, type: Paid } } ]
      two: [ { id: y, wait: { signal: paid, type: Paid } } ]
  - { emit: out, with: [ "\${steps.p.amount}", "\${steps.fan.one.amount + steps.fan.two.amount}" ] }`);
    const p = await m.boot(text);
    await p.send("in", [message]);
    await p.settle();
    const { run } = await m.only("parked");
    for (const amount of [1, 2]) await ask(p, run, signal({ amount }));
    const second = await m.boot(text);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ waits: [{ kind: "signal", signal: "paid" }] });
    await ask(second, run, signal({ amount: 3 }));
    await second.settle();
    expect(await second.read("out")).toEqual([[1, 5]]);
  });

  test("one counts once, however often it is sent", async () => {
    const m = machine();
    const text = flow(`  - { id: p, wait: { signal: paid, type: Paid } }\n  - { id: q, wait: { signal: paid, type: Paid } }\n  - { emit: out, with: "\${steps.q}" }`);
    const p = await m.boot(text);
    await p.send("in", [message]);
    await p.settle();
    const { run } = await m.only("parked");
    expect(await ask(p, run, signal({ amount: 1 }), "s1")).toEqual({ is: "accepted" });
    expect(await ask(p, run, signal({ amount: 1 }), "s1")).toEqual({ is: "accepted" });
    await p.settle();
    const second = await m.boot(text);
    expect(await ask(second, run, signal({ amount: 1 }), "s1")).toEqual({ is: "accepted" });
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ waits: [{ path: "q" }] });
    await ask(second, run, signal({ amount: 2 }), "s2");
    await second.settle();
    expect(await ask(second, run, signal({ amount: 2 }), "s2")).toEqual({ is: "accepted" });
    expect(await ask(second, run, signal({ amount: 3 }), "s3")).toMatchObject({ is: "refused", why: "ended" });
    expect(await second.read("out")).toEqual([{ amount: 2 }]);
  });

  test("also to a run at work: the second is no event", async () => {
    const m = machine();
    const gate = Promise.withResolvers<void>();
    const slow: ToolFake = async (input) => {
      await gate.promise;
      return input;
    };
    const p = await m.boot(flow('  - { tool: book, with: { n: 1 } }\n  - { id: first, wait: { signal: paid, type: Paid } }\n  - { id: second, wait: { signal: paid, type: Paid }, timeout: 1h }'), { book: slow });
    await p.send("in", [message]);
    await turns(10);
    const { run } = await m.only("running");
    expect(await Promise.all([ask(p, run, signal({ amount: 1 }), "once"), ask(p, run, signal({ amount: 1 }), "once")])).toEqual([{ is: "accepted" }, { is: "accepted" }]);
    gate.resolve();
    await p.settle();
    expect((await m.events(run)).filter(({ type }) => type === "signal.received")).toHaveLength(1);
    expect((await m.only()).waits).toMatchObject([{ path: "second" }]);
  });

  test("of another name, of another type, to no run", async () => {
    const m = machine();
    const p = await m.boot(PAID, echo);
    await p.send("in", [message]);
    await p.settle();
    const { run } = await m.only("parked");
    expect(await ask(p, run, signal({ amount: 1 }, "payed"))).toMatchObject({ is: "refused", why: "not_waiting", message: expect.stringContaining("`paid`") });
    expect(await ask(p, run, signal({ amount: "1" }))).toMatchObject({ is: "refused", why: "invalid", message: expect.stringContaining("amount") });
    expect(await ask(p, "aa-nobody", signal({ amount: 1 }))).toMatchObject({ is: "refused", why: "no_such_run" });
    expect(await ask(p, run, { kind: "answer", path: "p", payload: { amount: 1 } })).toMatchObject({ is: "refused", why: "not_waiting" });
    expect(await m.store.run(run)).toMatchObject({ status: null });
  });

  test("too late: its time is over, and it is kept for the next wait of its name", async () => {
    const m = machine();
    const text = flow(`  - { id: p, wait: { signal: paid, type: Paid }, timeout: 10m, catch: [ { on: [timeout], value: { amount: 0 } } ] }\n  - { id: q, ask: { question: "ok?", output: boolean } }\n  - { id: r, wait: { signal: paid, type: Paid } }\n  - { emit: out, with: [ "\${steps.p.amount}", "\${steps.r.amount}" ] }`);
    const p = await m.boot(text);
    await p.send("in", [message]);
    await m.clock.advance(601_000);
    const { run } = await m.only("parked");
    expect(await m.store.run(run)).toMatchObject({ waits: [{ path: "q" }] });
    await ask(p, run, signal({ amount: 4 }));
    await ask(p, run, { kind: "answer", path: "q", payload: true });
    await p.settle();
    expect(await p.read("out")).toEqual([[0, 4]]);
  });

  test("put on the file while nobody served", async () => {
    const m = machine();
    const first = await m.boot(PAID, echo);
    await first.send("in", [message]);
    await first.settle();
    const { run } = await m.only("parked");
    await m.store.putInbox({ id: "i1", run, at: m.clock.now(), by: "cli", request: signal({ amount: 3 }) });
    const second = await m.boot(PAID, echo);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "completed" });
    expect(await m.store.inbox(shardOf(run), 10)).toEqual([]);
    expect(await second.read("out")).toEqual([{ amount: 3 }]);
  });
});

describe("questions side by side", () => {
  const text = flow(`  - id: fan
    parallel: { join: any }
    branches:
      one: [ { id: x, ask: { question: "x?", output: number, timeout: 10m, on_timeout: 1 } } ]
      two: [ { id: y, ask: { question: "y?", output: number } } ]
  - id: all
    map: { over: "[1, 2]", as: n, rest: finish }
    do: [ { id: z, ask: { question: "z?", output: number } } ]
  - { emit: out, with: { winner: "\${steps.fan.winner}", all: "\${steps.all}" } }`);

  test("two in one step: each takes its own answer, over a restart; one to the branch that lost is refused", async () => {
    const m = machine();
    const p = await m.boot(text);
    await p.send("in", [message]);
    await p.settle();
    const { run } = await m.only("parked");
    expect(await ask(p, run, { kind: "answer", path: "fan/y", payload: 5 })).toEqual({ is: "accepted" });
    await p.settle();
    expect(await ask(p, run, { kind: "answer", path: "fan/x", payload: 6 })).toMatchObject({ is: "refused", why: "already_decided" });
    expect(await ask(p, run, { kind: "answer", path: "all[1]/z", payload: 2 })).toEqual({ is: "accepted" });
    await p.settle();
    const second = await m.boot(text);
    expect(await ask(second, run, { kind: "answer", path: "all[1]/z", payload: 3 })).toMatchObject({ is: "refused", why: "already_decided" });
    expect(await ask(second, run, { kind: "answer", path: "all[0]/z", payload: 1 })).toEqual({ is: "accepted" });
    await second.settle();
    expect(await second.read("out")).toEqual([{ winner: "two", all: [1, 2] }]);
  });

  test("an answer after the timeout is refused", async () => {
    const m = machine();
    const p = await m.boot(text);
    await p.send("in", [message]);
    await m.clock.advance(601_000);
    const { run } = await m.only("parked");
    expect(await ask(p, run, { kind: "answer", path: "fan/x", payload: 6 })).toMatchObject({ is: "refused", why: "already_decided" });
    expect(await ask(p, run, { kind: "answer", path: "fan/y", payload: 6 })).toMatchObject({ is: "refused", why: "already_decided" });
  });
});
