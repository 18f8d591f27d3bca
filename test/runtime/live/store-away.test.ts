import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Store } from "../../../src/core/ports/store.js";
import { InfraError, StepError } from "../../../src/core/errors.js";
import { loadFlows, Raw, world } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { ask } from "./restart.js";

const FLOW = `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In } }
tools: { r: { module: ./tools.ts#r, input: In, output: In, effect: read } }
on: { topic: in }
steps: [ { id: a, tool: r, with: "\${input}" } ]
`;

/** A store some of whose calls fail for a while. */
function flaky(calls: readonly (keyof Store)[], times: number): { readonly store: Store; readonly failures: () => number } {
  const inner = createMemoryStore();
  let failures = 0;
  const failing = Object.fromEntries(
    calls.map((name) => [
      name,
      async (...args: readonly unknown[]) => {
        if (failures < times) {
          failures += 1;
          throw new Error("disk is away");
        }
        return Reflect.apply(Object(inner)[name], inner, args);
      },
    ]),
  );
  return { store: { ...inner, ...failing }, failures: () => failures };
}

describe("a store that is away for a moment", () => {
  test("is told of once when it takes nothing and once when it takes writes again", async () => {
    const { store } = flaky(["commit"], 3);
    const p = world(FLOW, { r: (input) => input }, { store });
    await p.runtime.start();
    await p.send("in", [{ id: "a" }]);
    await p.clock.advance(20);
    await turns(10);
    expect(p.notices).toEqual(["the store takes no writes: disk is away; runs wait until it does"]);
    await p.clock.advance(5_000);
    await p.settle();
    expect(p.runtime.stats()).toMatchObject({ completed: 1 });
    expect(p.notices).toEqual(["the store takes no writes: disk is away; runs wait until it does", "the store takes writes again: runs go on"]);
  });

  test.for(["own", "putPlan", "outbox", "openRuns"] as const)("delays the start: %s", async (call) => {
    const { store, failures } = flaky([call], 3);
    const p = world(FLOW, { r: (input) => input }, { store });
    const started = p.runtime.start();
    for (let round = 0; round < 10; round++) await p.clock.advance(2000);
    await started;
    expect(failures()).toBe(3);
    await p.send("in", [{ id: "a" }]);
    await p.settle();
    expect(p.runtime.stats()).toMatchObject({ completed: 1 });
  });

  test("delays dead letters of messages and of failed runs, and loses none", async () => {
    const { store, failures } = flaky(["putDeadLetters"], 4);
    const p = world(FLOW, { r: () => Promise.reject(new StepError("refused", "no")) }, { store });
    await p.runtime.start();
    await p.send("in", [new Raw("{"), { id: "a" }]);
    await p.settle();
    expect(failures()).toBe(4);
    expect(await store.deadLetters({ limit: 5 })).toHaveLength(2);
    expect(p.runtime.stats()).toMatchObject({ failed: 1, dlq: 2 });
  });

  test("delays recovery", async () => {
    const clock = virtualClock();
    const { store } = flaky(["openRuns", "run", "plan", "laneHead"], 6);
    const first = world(FLOW, { r: () => new Promise<never>(() => undefined) }, { store, clock });
    const starting = first.runtime.start();
    await clock.advance(10_000);
    await starting;
    await first.send("in", [{ id: "a" }]);
    await turns(10);
    const again = flaky(["openRuns", "run", "plan"], 6);
    const second = world(FLOW, { r: (input) => input }, { store: { ...store, openRuns: again.store.openRuns, commit: store.commit }, clock });
    const restarting = second.runtime.start();
    await clock.advance(10_000);
    await restarting;
    expect(again.failures()).toBe(6);
  });
});

test("an observer that throws ends the runtime, and no commit hangs", async () => {
  const store = createMemoryStore();
  const p = world(FLOW, { r: (input) => input }, { store });
  const push = p.events.push.bind(p.events);
  p.events.push = (...events) => {
    if (events[0]?.type === "run.finished") throw new Error("the log is full");
    return push(...events);
  };
  await p.runtime.start();
  await p.send("in", [{ id: "a" }]);
  await turns(20);
  await expect(p.runtime.idle()).rejects.toThrow("the log is full");
  expect((await store.runs({ limit: 1 }))[0]).toMatchObject({ status: "completed" });
});

test("many timers due at once take their places one after the other (I15)", async () => {
  const text = `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In } }
tools: { r: { module: ./tools.ts#r, input: In, output: In, effect: read } }
on: { topic: in, concurrency: 3 }
steps:
  - { id: q, ask: { question: "ok?", output: boolean, timeout: 1h, on_timeout: false } }
  - { id: a, tool: r, with: "\${input}" }
`;
  let now = 0;
  let most = 0;
  const p = world(text, {
    r: async (input) => {
      now += 1;
      most = Math.max(most, now);
      await turns(2);
      now -= 1;
      return input;
    },
  });
  await p.runtime.start();
  await p.send("in", Array.from({ length: 60 }, (_, at) => ({ id: `${at}` })));
  await p.settle();
  expect(p.runtime.stats()).toMatchObject({ parked: 60 });
  await p.clock.advance(3_500_000);
  expect(p.runtime.stats()).toMatchObject({ completed: 0 });
  await p.clock.advance(100_000);
  await p.settle();
  expect(p.runtime.stats()).toMatchObject({ completed: 60, parked: 0 });
  expect(most).toBeLessThanOrEqual(3);
  await p.runtime.close();
  expect(p.clock.pending()).toBe(0);
});

test("an answer to an ask beside a step that still works is taken at once (I13)", async () => {
  const text = `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In } }
tools: { r: { module: ./tools.ts#r, input: In, output: In, effect: read } }
on: { topic: in }
steps:
  - id: fan
    parallel: {}
    branches:
      one: [ { id: q, ask: { question: "ok?", output: boolean } } ]
      two: [ { id: slow, tool: r, with: "\${input}" } ]
value: "\${steps.fan.one}"
`;
  const hold = Promise.withResolvers<void>();
  const p = world(text, { r: async (input) => (await hold.promise, input) });
  await p.runtime.start();
  await p.send("in", [{ id: "a" }]);
  await turns(10);
  const [row] = await p.store.runs({ limit: 1 });
  expect(row).toMatchObject({ status: null, waits: [] });
  expect(await ask(p, row?.run ?? "", { kind: "answer", path: "fan/q", payload: true })).toEqual({ is: "accepted" });
  hold.resolve();
  await p.settle();
  expect((await p.store.runs({ limit: 1 }))[0]).toMatchObject({ status: "completed" });
  expect(p.events.filter(({ type }) => type === "run.parked")).toEqual([]);
});

describe("a lane whose next run the store does not tell", () => {
  const LANE = FLOW.replace("on: { topic: in }", "on: { topic: in, ordering: key }").replace("{ message: In }", "{ message: In, key: msg.id }");
  const left = async (): Promise<{ readonly store: Store; readonly clock: ReturnType<typeof virtualClock> }> => {
    const [store, clock] = [createMemoryStore(), virtualClock()];
    const first = world(LANE, { r: () => new Promise<never>(() => undefined) }, { store, clock });
    await first.runtime.start();
    await first.send("in", [{ id: "a" }, { id: "a" }, { id: "a" }], { key: () => "a" });
    await turns(10);
    expect(await store.runs({ state: "running", limit: 5 })).toHaveLength(3);
    return { store, clock };
  };

  test("ends the runtime where no waiting mends it", async () => {
    const { store, clock } = await left();
    const gone = new InfraError("FC6012", "the disk is gone");
    const second = world(LANE, { r: (input) => input }, { store: { ...store, laneHead: () => Promise.reject(gone) }, clock });
    await second.runtime.start();
    await expect(second.runtime.broken).rejects.toBe(gone);
  });

  test("is left as it is by a runtime that is closed meanwhile", async () => {
    const { store, clock } = await left();
    const second = world(LANE, { r: (input) => input }, { store: { ...store, laneHead: () => Promise.reject(new Error("away")) }, clock });
    await second.runtime.start();
    await turns(5);
    const closing = second.runtime.close();
    await clock.advance(5000);
    await closing;
    await second.runtime.idle();
  });
});

test("a timer whose run cannot be read when the runtime is closed is no failure", async () => {
  const clock = virtualClock();
  let away = false;
  const inner = createMemoryStore();
  const store: Store = { ...inner, run: (run) => (away ? Promise.reject(new Error("away")) : inner.run(run)) };
  const text = FLOW.replace("tool: r,", "tool: r, policy: late,").replace("on:", "policies: { late: { retry: { max: 3, backoff: constant, initial: 10s, jitter: none } } }\non:");
  const p = world(text, { r: () => Promise.reject(new StepError("unavailable", "later")) }, { store, clock });
  await p.runtime.start();
  await p.send("in", [{ id: "a" }]);
  await clock.advance(1000);
  expect(await inner.runs({ state: "parked", limit: 5 })).toHaveLength(1);
  away = true;
  await clock.advance(10_000);
  const closing = p.runtime.close();
  await clock.advance(5000);
  await closing;
  await p.runtime.idle();
});

test.for(["seen", "markSeen"] as const)("a pure flow waits for its dedupe keys in place (%s): order is kept, and nothing is published twice", async (call) => {
  const text = `
flowctl: v1
flow: f
types: { In: { fields: { id: string } } }
topics: { in: { message: In }, out: { message: In } }
on: { topic: in, dedupe: { key: msg.id, ttl: 1h } }
steps: [ { emit: out, with: "\${input}" } ]
`;
  const { store, failures } = flaky([call], 1);
  const published: string[] = [];
  const p = world(text, {}, { store, bus: (bus) => ({ ...bus, publish: (messages) => (published.push(...messages.map(({ body }) => String(body))), bus.publish(messages)) }) });
  await p.runtime.start();
  await p.send("in", [{ id: "a" }]);
  await turns(5);
  await p.send("in", [{ id: "b" }]);
  await p.settle();
  expect(failures()).toBe(1);
  expect(published).toEqual(['{"id":"a"}', '{"id":"b"}']);
});

test("a new version that the store does not take leaves the old one reading", async () => {
  const inner = createMemoryStore();
  let puts = 0;
  const store: Store = { ...inner, putPlan: (plan) => ((puts += 1) === 2 ? Promise.reject(new Error("away")) : inner.putPlan(plan)) };
  const p = world(FLOW, { r: (input) => input }, { store });
  await p.runtime.start();
  const [next] = loadFlows(FLOW.replace("id: a,", "id: b,"));
  if (next === undefined) throw new Error("no flow");
  await expect(p.runtime.replace(next)).rejects.toThrow("away");
  await p.send("in", [{ id: "a" }]);
  await p.settle();
  expect(p.runtime.stats()).toMatchObject({ completed: 1 });
});

test("I13: a run that is woken for nothing parks again, and its next time comes", async () => {
  const clock = virtualClock();
  const inner = createMemoryStore();
  let failures = 0;
  // While its row is asked for once more, the regular look at the timers finds the run as well.
  const store: Store = { ...inner, run: (run) => (clock.monotonic() >= 600_000 && (failures += 1) === 1 ? Promise.reject(new Error("away")) : inner.run(run)) };
  const steps = ["10m", "20m"].map((timeout, at) => `{ id: q${at}, ask: { question: "ok?", output: In, timeout: ${timeout}, on_timeout: { id: "${at}" } } }`);
  const p = world(FLOW.replace(/steps:.*/, `steps: [ ${steps.join(", ")} ]`), {}, { store, clock });
  await p.runtime.start();
  await p.send("in", [{ id: "a" }]);
  await clock.advance(605_000);
  expect(failures).toBeGreaterThan(1);
  expect(await inner.runs({ limit: 2 })).toMatchObject([{ status: null, waits: [{ path: "q1" }] }]);
  await clock.advance(1_200_000);
  expect(await inner.runs({ limit: 2 })).toMatchObject([{ status: "completed" }]);
});
