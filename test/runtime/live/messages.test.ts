import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { ToolFake } from "../../support/runtime.js";
import { turns } from "../../support/virtual-clock.js";
import { ask, machine } from "./restart.js";

const flow = (steps: string, more = "on: in"): string => `
flowctl: v1
flow: f
types: { In: { fields: { id: string } }, Pay: { fields: { id: string, amount: number } } }
topics: { in: { message: In, key: msg.id }, pay: { message: Pay, key: msg.id, dlq: pay.dlq }, pay.dlq: {}, ask: {}, out: {} }
tools: { book: { module: ./tools.ts#book, input: In, output: In, effect: write, idempotency: key }, look: { module: ./tools.ts#look, input: In, output: In, effect: read } }
${more}
input: In
steps:
${steps}
`;
const PAID = flow(`  - { id: p, wait: { topic: pay, key: "\${input.id}" } }
  - { emit: out, with: "\${steps.p}" }`);
const pay = (id: string, amount: number) => ({ id, amount });

describe("a wait for a message", () => {
  test("a late one wakes the run that waits for its key, over a restart; nobody waits afterwards", async () => {
    const m = machine();
    const p = await m.boot(PAID);
    await p.send("in", [{ id: "a" }, { id: "b" }]);
    await p.settle();
    expect((await m.store.runs({ limit: 2, state: "parked" })).map(({ waits }) => waits[0])).toMatchObject([{ kind: "message", path: "p", topic: "pay", key: "b" }, { key: "a" }]);
    await p.send("pay", [pay("a", 1), pay("c", 9)]);
    await p.settle();
    expect(await p.read("out")).toEqual([pay("a", 1)]);
    const second = await m.boot(PAID);
    await second.send("pay", [pay("b", 2), pay("a", 3)]);
    await second.settle();
    expect((await second.read("out")).toSorted((x, y) => JSON.stringify(x).localeCompare(JSON.stringify(y)))).toEqual([pay("a", 1), pay("b", 2)]);
    expect(await m.store.waiters("f", "pay", ["a", "b"])).toEqual([]);
  });

  test("I14: one that comes while the run waits for its place, works, or waits for something else, is kept", async () => {
    const m = machine();
    const gate = Promise.withResolvers<void>();
    const slow: Readonly<Record<string, ToolFake>> = { book: async (input) => (await gate.promise, input) };
    const text = flow(`  - { id: b, tool: book }\n  - { id: q, ask: { question: "ok?", output: boolean } }\n  - { id: p, wait: { topic: pay, key: "\${input.id}" } }\n  - { emit: out, with: "\${steps.p}" }`, "on: { topic: in, concurrency: 1 }");
    const p = await m.boot(text, slow);
    await p.send("in", [{ id: "a" }, { id: "b" }]);
    await turns(20);
    await p.send("pay", [pay("a", 1), pay("b", 2)]);
    await turns(20);
    gate.resolve();
    await p.settle();
    const second = await m.boot(text, { book: (input) => input });
    for (const { run, waits } of await m.store.runs({ limit: 2 })) {
      expect(waits).toMatchObject([{ path: "q" }]);
      await ask(second, run, { kind: "answer", path: "q", payload: true });
    }
    await second.settle();
    expect((await second.read("out")).toSorted((x, y) => JSON.stringify(x).localeCompare(JSON.stringify(y)))).toEqual([pay("a", 1), pay("b", 2)]);
  });

  test("a reply counts from the emit on that asked for it, wherever the wait stands; `since: now` only from the step on", async () => {
    for (const [since, expected] of [["run", 1], ["now", 2]] as const) {
      const m = machine();
      const gate = Promise.withResolvers<void>();
      const text = flow(`  - { id: b, tool: book, with: { id: "\${input.id + '-1'}" } }
  - { emit: ask, with: "\${steps.b}" }
  - { id: c, tool: book, with: { id: wait } }
  - id: gate
    switch: [ { when: size(steps.c.id) > 0, do: [ { id: p, wait: { topic: pay, key: "\${steps.b.id}", since: ${since} } } ], value: "\${steps.p.amount}" }, { else: { value: 0 } } ]
  - { emit: out, with: "\${steps.gate}" }`);
      const p = await m.boot(text, { book: async (input) => (JSON.stringify(input).includes("wait") && (await gate.promise), input) });
      await p.send("in", [{ id: "a" }]);
      while ((await p.read("ask")).length === 0) await m.clock.advance(10);
      await p.send("pay", [pay("a-1", 1)]);
      await m.clock.advance(100);
      gate.resolve();
      await p.settle();
      await p.send("pay", [pay("a-1", 2)]);
      await p.settle();
      expect(await p.read("out")).toEqual([expected]);
    }
  });

  test("a wait that the failure of its run cut off goes on with the run, over a restart, and hears at once", async () => {
    const waits = [
      ["since: run", [], "steps.fan.one.amount", 2],
      ["since: now", [], "steps.fan.one.amount", 2],
      ["collect: { until: size(msgs) >= 2, for: 1h }", [pay("a", 1)], "steps.fan.one[0].amount + steps.fan.one[1].amount", 3],
    ] as const;
    for (const [how, before, said, expected] of waits) {
      const m = machine();
      const text = flow(`  - id: fan
    parallel: {}
    branches:
      one: [ { id: p, wait: { topic: pay, key: "\${input.id}", ${how} } } ]
      two: [ { id: q, ask: { question: "ok?", output: boolean } }, { id: b, tool: look } ]
  - { emit: out, with: "\${${said}}" }`);
      let fails = true;
      const tools: Readonly<Record<string, ToolFake>> = {
        look(input) {
          if (fails) throw new StepError("declined", "not today");
          return input;
        },
      };
      const p = await m.boot(text, tools);
      await p.send("in", [{ id: "a" }]);
      await p.settle();
      const { run } = await m.only();
      await p.send("pay", before);
      await p.settle();
      await ask(p, run, { kind: "answer", path: "fan/q", payload: true });
      await p.settle();
      expect((await m.only()).status).toBe("failed");
      fails = false;
      const asked = ask(p, run, { kind: "reopen" });
      while ((await m.only()).status !== null) await turns(1);
      // It is open, and has not begun to go on.
      await p.send("pay", [pay("a", 2)]);
      await asked;
      await p.settle();
      const second = await m.boot(text, tools);
      await second.settle();
      expect(await second.read("out")).toEqual([expected]);
      expect(await m.store.waiters("f", "pay", ["a"])).toEqual([]);
    }
  });

  test("two waiters for one message both get it; two waits of one run as well", async () => {
    const m = machine();
    const text = flow(`  - id: fan
    parallel: { rest: finish }
    branches:
      one: [ { wait: { topic: pay, key: all } } ]
      two: [ { wait: { topic: pay, key: all } } ]
  - { emit: out, with: "\${steps.fan.one.amount + steps.fan.two.amount}" }`);
    const p = await m.boot(text);
    await p.send("in", [{ id: "a" }, { id: "b" }]);
    await p.settle();
    await p.send("pay", [pay("all", 4)]);
    await p.settle();
    expect(await p.read("out")).toEqual([8, 8]);
  });

  test("a message counts once for the step, however often it comes: the next pass of a loop gets the next one", async () => {
    const m = machine();
    const text = flow(`  - id: sum
    loop: { init: [], type: "number[]", max: 3, on_max: stop }
    do: [ { id: p, wait: { topic: pay, key: "\${input.id}", where: msg.amount > 0 } } ]
    value: "\${state + [steps.p.amount]}"
  - { emit: out, with: "\${steps.sum}" }`);
    const p = await m.boot(text);
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    await p.send("pay", [pay("a", 1), pay("a", -5)], { headers: { "flowctl-id": "one" } });
    await p.settle();
    const second = await m.boot(text);
    await second.send("pay", [pay("a", 1)], { headers: { "flowctl-id": "one" } });
    await second.settle();
    expect(await m.only()).toMatchObject({ waits: [{ path: "sum#1/p" }] });
    await second.send("pay", [pay("a", -7), pay("a", 2), pay("a", 3), pay("a", 4)]);
    await second.settle();
    expect(await second.read("out")).toEqual([[1, 2, 3]]);
  });

  test("a collection: those that came before, until enough or until its time is over, over a restart", async () => {
    const m = machine();
    const text = flow(`  - { id: q, ask: { question: "ok?", output: boolean } }
  - { id: three, wait: { topic: pay, key: "\${input.id}", collect: { until: size(msgs) >= 3, for: 1h } } }
  - { id: rest, wait: { topic: pay, key: "\${input.id}", where: msg.amount > 3, since: now, collect: { for: 10m } }, timeout: 1h }
  - { emit: out, with: { three: "\${steps.three.map(m, m.amount)}", rest: "\${steps.rest.map(m, m.amount)}" } }`);
    const p = await m.boot(text);
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    await p.send("pay", [pay("a", 1)]);
    await p.settle();
    const { run } = await m.only("parked");
    await ask(p, run, { kind: "answer", path: "q", payload: true });
    await p.settle();
    await p.send("pay", [pay("a", 2)]);
    await p.settle();
    const second = await m.boot(text);
    await second.send("pay", [pay("a", 3)]);
    await second.settle();
    expect(await m.store.run(run)).toMatchObject({ waits: [{ path: "rest" }] });
    await second.send("pay", [pay("a", 3), pay("a", 4), pay("a", 5)]);
    await second.settle();
    const third = await m.boot(text);
    await m.clock.advance(601_000);
    await third.settle();
    expect(await third.read("out")).toEqual([{ three: [1, 2, 3], rest: [4, 5] }]);
  });

  test("each item of a map waits for a key of its own", async () => {
    const m = machine();
    const text = flow(`  - id: all
    map: { over: "['x', 'y']", as: part, rest: finish }
    do: [ { id: p, wait: { topic: pay, key: "\${input.id}-\${part}" } } ]
    value: "\${steps.p.amount}"
  - { emit: out, with: "\${steps.all}" }`);
    const p = await m.boot(text);
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    await p.send("pay", [pay("a-y", 2)]);
    await p.settle();
    const second = await m.boot(text);
    await second.send("pay", [pay("a-x", 1)]);
    await second.settle();
    expect(await second.read("out")).toEqual([[1, 2]]);
  });

  test("no lost wake-up: at every turn of being admitted, working and parking (I13)", async () => {
    for (let turn = 0; turn < 40; turn += 1) {
      const m = machine();
      const p = await m.boot(PAID);
      await p.send("in", [{ id: "a" }]);
      while ((await m.store.runs({ limit: 1 })).length === 0) await turns(1);
      for (let at = 0; at < turn; at += 1) await (at % 2 === 0 ? Promise.resolve() : turns(1));
      await p.send("pay", [pay("a", turn)]);
      await p.settle();
      expect(await m.store.runs({ limit: 1 }), `turn ${turn}`).toMatchObject([{ status: "completed" }]);
      expect(await p.read("out")).toEqual([pay("a", turn)]);
    }
  });

  test("its time is over; one that breaks its schema is a dead letter; an operator cancels", async () => {
    const m = machine();
    const text = flow(`  - { id: p, wait: { topic: pay, key: "\${input.id}" }, timeout: 10m, catch: [ { on: [timeout], do: [ { emit: out, with: late } ] } ] }\n  - { id: q, wait: { topic: pay, key: "\${input.id}" } }`);
    const p = await m.boot(text);
    await p.send("in", [{ id: "a" }]);
    await p.send("pay", [{ id: "a" }]);
    await m.clock.advance(601_000);
    await p.settle();
    expect(await p.read("out")).toEqual(["late"]);
    expect(await p.read("pay.dlq")).toMatchObject([{ error: { code: "schema" } }]);
    const { run } = await m.only("parked");
    expect(await m.store.run(run)).toMatchObject({ waits: [{ path: "q" }] });
    await ask(p, run, { kind: "cancel" });
    await p.settle();
    expect(await m.store.run(run)).toMatchObject({ status: "cancelled" });
    expect(await m.store.waiters("f", "pay", ["a"])).toEqual([]);
  });
});

test("a run keeps its version: what it waits for comes, though the newer version waits for nothing, over a restart", async () => {
  const m = machine();
  const p = await m.boot(PAID);
  await p.send("in", [{ id: "a" }]);
  await p.settle();
  await m.only("parked");
  const newer = await m.boot(flow("  - { emit: out, with: new }"));
  await newer.send("pay", [pay("a", 1)]);
  await newer.settle();
  expect(await newer.read("out")).toEqual([pay("a", 1)]);
});

test("a message is acknowledged when each of its runs has it, not before", async () => {
  const m = machine();
  const p = await m.boot(PAID, {}, { cut: { at: "signal.received", when: "before" } });
  await p.send("in", [{ id: "a" }]);
  await p.settle();
  await p.send("pay", [pay("a", 1)]);
  await turns(20);
  const second = await m.boot(PAID);
  await second.settle();
  expect(await second.read("out")).toEqual([pay("a", 1)]);
});
