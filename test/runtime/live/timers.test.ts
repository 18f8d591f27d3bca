import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { world } from "../../support/runtime.js";
import { ask } from "./restart.js";

const FLOW = `
flowctl: v1
flow: asks
types: { N: { fields: { id: string } } }
topics: { in: { message: N, key: msg.id } }
on: in
steps: [ { id: ok, ask: { question: "ok?", output: { fields: { late: boolean } }, timeout: 50s, on_timeout: { late: true } } } ]
value: "\${steps.ok.late}"
`;

test("I15: the times of a thousand answered questions are forgotten, that of one nobody answered comes on time", async () => {
  const many = 1300;
  const w = world(FLOW, {}, { quiet: true });
  await w.runtime.start();
  await w.send("in", Array.from({ length: many }, (_, at) => ({ id: `m${at}` })));
  await w.settle();
  const rows = await w.store.runs({ state: "parked", limit: many });
  expect(rows).toHaveLength(many);
  const [left, ...answered] = rows;
  for (const { run } of answered) expect(await ask(w, run, { kind: "answer", path: "ok", payload: { late: false } })).toEqual({ is: "accepted" });
  await w.settle();
  expect(w.runtime.stats()).toMatchObject({ completed: many - 1, parked: 1 });
  await w.clock.advance(40_000);
  expect(await w.store.run(left?.run ?? "")).toMatchObject({ status: null });
  await w.clock.advance(11_000);
  await w.settle();
  expect(await w.store.run(left?.run ?? "")).toMatchObject({ status: "completed" });
});

test("I15: the time of a wait that is over wakes nobody who waits for something else by then", async () => {
  const w = world(FLOW.replace("} } ]", "} }, { id: next, ask: { question: \"and?\", output: { fields: { late: boolean } } } } ]"));
  await w.runtime.start();
  await w.send("in", [{ id: "m" }]);
  await w.settle();
  const run = (await w.store.runs({ limit: 1 }))[0]?.run ?? "";
  await w.clock.advance(10_000);
  expect(await ask(w, run, { kind: "answer", path: "ok", payload: { late: false } })).toEqual({ is: "accepted" });
  await w.settle();
  const before = w.events.length;
  await w.clock.advance(60_000);
  expect(w.events.slice(before)).toEqual([]);
  expect(await w.store.run(run)).toMatchObject({ status: null, waits: [{ path: "next" }] });
});

test("I15: rows that were read before a run waited for something else do not put off its new time", async () => {
  const store = createMemoryStore();
  const held: PromiseWithResolvers<void>[] = [];
  let holds = false;
  const slow: Store = {
    ...store,
    async timers(...args) {
      const rows = await store.timers(...args);
      if (holds) {
        const gate = Promise.withResolvers<void>();
        held.push(gate);
        await gate.promise;
      }
      return rows;
    },
  };
  const next = "{ id: next, ask: { question: \"and?\", output: { fields: { late: boolean } }, timeout: 5s, on_timeout: { late: true } } }";
  const w = world(FLOW.replace("} } ]", `} }, ${next} ]`), {}, { store: slow });
  await w.runtime.start();
  await w.send("in", [{ id: "m" }]);
  await w.settle();
  const run = (await w.store.runs({ limit: 1 }))[0]?.run ?? "";
  holds = true;
  await w.clock.advance(31_000);
  expect(held.length).toBeGreaterThan(0);
  expect(await ask(w, run, { kind: "answer", path: "ok", payload: { late: false } })).toEqual({ is: "accepted" });
  await w.settle();
  holds = false;
  for (const gate of held) gate.resolve();
  await w.clock.advance(6_000);
  await w.settle();
  expect(await w.store.run(run)).toMatchObject({ status: "completed" });
});

/** A run in memory: beside the wait a tool that takes its time. */
const BUSY = `
flowctl: v1
flow: busy
types: { N: { fields: { id: string } } }
topics: { in: { message: N, key: msg.id } }
tools: { slow: { module: ./tools.ts#slow, input: N, output: N, effect: read } }
on: in
steps:
  - id: both
    parallel: {}
    branches:
      waits: { do: [ { id: until, wait: 1h } ] }
      works: { do: [ { id: slow, tool: slow, with: "\${input}" } ] }
`;

describe("I15: the clock is set while a run is in memory", () => {
  async function busy(text = BUSY) {
    const slow = Promise.withResolvers<{ readonly id: string }>();
    const w = world(text, { slow: () => slow.promise });
    await w.runtime.start();
    await w.send("in", [{ id: "m" }]);
    await w.clock.advance(100);
    const fired = (): boolean => w.events.some(({ type, path }) => type === "timer.fired" && path?.endsWith("until") === true);
    return { ...w, slow, fired };
  }

  test("back: its time is not over before the clock says so", async () => {
    const { clock, fired } = await busy();
    clock.set(-30 * 60_000);
    await clock.advance(61 * 60_000);
    expect(fired()).toBe(false);
    await clock.advance(30 * 60_000);
    expect(fired()).toBe(true);
  });

  test("forward: its time is over within a minute", async () => {
    const { clock, fired } = await busy();
    clock.set(2 * 60 * 60_000);
    await clock.advance(61_000);
    expect(fired()).toBe(true);
  });

  test("forward, behind a time limit that is over by then: what stands still goes on within a minute", async () => {
    const { clock, slow, events } = await busy(BUSY.replace("wait: 1h", "wait: 200h").replace("on: in", "on: in\ntimeout: 10h"));
    clock.set(24 * 60 * 60_000);
    slow.resolve({ id: "m" });
    await clock.advance(61_000);
    expect(events.findLast(({ type }) => type === "run.finished")).toMatchObject({ data: { status: "failed", error: { code: "timeout" } } });
  });

  test("back, within a time limit: that counts the time that passes", async () => {
    const { clock, events } = await busy(BUSY.replace("on: in", "on: in\ntimeout: 10m"));
    clock.set(-24 * 60 * 60_000);
    await clock.advance(11 * 60_000);
    expect(events.findLast(({ type }) => type === "run.finished")).toMatchObject({ data: { status: "failed", error: { code: "timeout" } } });
  });
});

const UNTIL = `
flowctl: v1
flow: until
topics: { in: { message: { fields: { at: { type: string, format: date-time } } } } }
on: in
steps: [ { wait: "\${timestamp(input.at)}" } ]
`;

test("I15: a wait that is over sooner than one before it does not wait for that", async () => {
  const w = world(UNTIL);
  await w.runtime.start();
  const done: number[] = [];
  for (const ms of [50_000, 5_000]) {
    await w.send("in", [{ at: new Date(w.clock.now() + ms).toISOString() }]);
    await w.clock.advance(1_000);
  }
  for (const ms of [5_000, 50_000]) {
    await w.clock.advance(ms);
    done.push((await w.store.counts()).ended);
  }
  expect(done).toEqual([1, 2]);
  await w.runtime.close();
});
