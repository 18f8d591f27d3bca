import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { isJsonObject } from "../../../src/core/json.js";
import { lease } from "../../support/lease.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { machine } from "../live/restart.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Journaled, for it reads. */
const flow = (on: string, more = ""): string => `
flowctl: v1
flow: f
input: { fields: { at: string } }
topics: { in: { message: { fields: { at: string } } } }
tools: { r: { module: ./tools.ts#r, input: { fields: { at: string } }, output: { fields: { at: string } }, effect: read } }
on: ${on}
${more}
steps: [ { id: a, tool: r, with: "\${input}" } ]
`;
const every = (cron: string, zone = "UTC", more = ""): string => flow(`{ schedule: "${cron}", zone: ${zone}, with: { at: "\${msg.time}" }${more} }`);
const r = (): { readonly tools: Readonly<Record<string, ToolFake>>; readonly ticks: string[] } => {
  const ticks: string[] = [];
  return {
    ticks,
    tools: {
      r(input) {
        ticks.push(String(isJsonObject(input) ? Object.values(input)[0] : input));
        return input;
      },
    },
  };
};

async function start(text: string, clock = virtualClock()): Promise<{ readonly world: World; readonly ticks: string[] }> {
  const { tools, ticks } = r();
  const made = world(text, tools, { clock });
  await made.runtime.start();
  await turns(4);
  return { world: made, ticks };
}

test("each tick is a run, and the first service of a flow brings none of the past", async () => {
  const { world: one, ticks } = await start(every("*/5 * * * *"));
  await one.clock.advance(12 * MINUTE);
  expect(ticks).toEqual(["2026-01-01T00:05:00.000Z", "2026-01-01T00:10:00.000Z"]);
  const [admitted] = one.events;
  expect(admitted).toMatchObject({ type: "run.admitted", data: { source: null, origin: { kind: "schedule", cron: "*/5 * * * *", zone: "UTC", time: Date.UTC(2026, 0, 1, 0, 5) }, message: { time: "2026-01-01T00:05:00.000Z" } } });
  await one.runtime.close();
  expect(one.clock.pending()).toBe(0);
});

test("the flow's input is `{ time }` where nothing says it, and the message need not be kept twice", async () => {
  const text = 'flowctl: v1\nflow: f\ntools: { r: { module: ./tools.ts#r, input: { fields: { time: string } }, output: { fields: { time: string } }, effect: read } }\non: { schedule: "@hourly" }\nsteps: [ { tool: r } ]';
  const { world: one, ticks } = await start(text);
  await one.clock.advance(HOUR);
  expect(ticks).toEqual(["2026-01-01T01:00:00.000Z"]);
  expect(one.events[0]?.data).not.toHaveProperty("message");
});

test("a clock that changes: a time that is left out ticks behind the gap, one that comes twice ticks once, and each interval ticks", async () => {
  const spring = await start(every("30 2 * * *", "Europe/Berlin"), virtualClock(Date.UTC(2026, 2, 28, 23)));
  await spring.world.clock.advance(4 * HOUR);
  expect(spring.ticks).toEqual(["2026-03-29T01:00:00.000Z"]);
  const autumn = await start(every("30 2 * * *", "Europe/Berlin"), virtualClock(Date.UTC(2026, 9, 24, 23)));
  await autumn.world.clock.advance(4 * HOUR);
  expect(autumn.ticks).toEqual(["2026-10-25T00:30:00.000Z"]);
  const each = await start(every("*/30 * * * *", "Europe/Berlin"), virtualClock(Date.UTC(2026, 9, 25, 0, 15)));
  await each.world.clock.advance(2 * HOUR);
  expect(each.ticks).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-25T01:00:00.000Z", "2026-10-25T01:30:00.000Z", "2026-10-25T02:00:00.000Z"]);
});

test("ticks that nobody was there for are one run, that of the last", async () => {
  const m = machine();
  const { tools, ticks } = r();
  await m.boot(every("*/5 * * * *"), tools);
  await m.clock.advance(6 * MINUTE);
  await m.kill();
  await m.clock.advance(16 * MINUTE);
  const next = await m.boot(every("*/5 * * * *"), tools);
  await m.clock.advance(4 * MINUTE);
  expect(ticks).toEqual(["2026-01-01T00:05:00.000Z", "2026-01-01T00:20:00.000Z", "2026-01-01T00:25:00.000Z"]);
  expect(next.notices).toEqual(["`f`: ticks of `*/5 * * * *` were missed, and only the last of them runs, that of 2026-01-01T00:20:00.000Z"]);
});

test("I17: a tick that two processes take is one run", async () => {
  const store = createMemoryStore();
  const clock = virtualClock();
  const { tools, ticks } = r();
  // Both have read the same last tick.
  const blind = { ...store, putTick: async () => undefined };
  const others: typeof blind = { ...blind, commit: (items) => store.commit(items.map((item) => ({ ...item, entryId: `other ${item.entryId}` }))) };
  const [one, two] = [world(every("*/5 * * * *"), tools, { store: blind, clock }), world(every("*/5 * * * *"), tools, { store: others, clock })];
  await one.runtime.start();
  await two.runtime.start();
  await turns(4);
  await clock.advance(5 * MINUTE);
  expect(await store.runs({ limit: 10 })).toHaveLength(1);
  expect(ticks.length).toBeGreaterThan(0);
  expect(one.runtime.stats().duplicates + two.runtime.stats().duplicates).toBe(1);
});

test("a crash behind the admission and before the mark repeats the tick, not the run", async () => {
  const m = machine();
  const { tools, ticks } = r();
  await m.boot(every("*/5 * * * *"), tools, { cut: { at: "run.admitted", when: "after" } });
  await m.clock.advance(5 * MINUTE);
  const next = await m.boot(every("*/5 * * * *"), tools);
  await m.clock.advance(MINUTE);
  expect(ticks).toEqual(["2026-01-01T00:05:00.000Z"]);
  expect(next.runtime.stats()).toMatchObject({ runs: 0, duplicates: 1, completed: 1 });
});

test("two schedules of a flow that tick together are two runs; a changed one begins anew", async () => {
  const m = machine();
  const { tools, ticks } = r();
  const both = (second: string): string => flow(`[ { schedule: "0 * * * *", with: { at: hour } }, { schedule: "${second}", with: { at: day } } ]`);
  await m.boot(both("0 1 * * *"), tools);
  await m.clock.advance(HOUR);
  expect(ticks.toSorted()).toEqual(["day", "hour"]);
  await m.kill();
  await m.clock.advance(23 * HOUR);
  await m.boot(both("0 0 * * *"), tools);
  await m.clock.advance(MINUTE);
  expect(ticks.toSorted()).toEqual(["day", "hour", "hour"]);
});

test("a pure flow emits at each tick; its time is the tick's", async () => {
  const text = 'flowctl: v1\nflow: f\ntopics: { out: { message: { fields: { at: string, now: string } } } }\non: { schedule: "0 * * * *" }\nsteps: [ { emit: out, with: { at: "${input.time}", now: "${run.now}" } } ]';
  const m = machine();
  const one = await m.boot(text);
  await m.clock.advance(2 * HOUR);
  expect(await one.read("out")).toEqual([
    { at: "2026-01-01T01:00:00.000Z", now: "2026-01-01T01:00:00.000Z" },
    { at: "2026-01-01T02:00:00.000Z", now: "2026-01-01T02:00:00.000Z" },
  ]);
  expect(one.runtime.stats()).toMatchObject({ completed: 2, emitted: 2 });
});

test("I19: with no room the tick waits, and is one run with those behind it", async () => {
  const gate = Promise.withResolvers<void>();
  const made = world(every("* * * * * *", "UTC", ", concurrency: 1"), {
    r: async (input) => {
      await gate.promise;
      return input;
    },
  });
  await made.runtime.start();
  await turns(4);
  await made.clock.advance(1_100_000);
  const { runs } = made.runtime.stats();
  expect(runs).toBe(1001);
  gate.resolve();
  await made.clock.advance(2000);
  expect(made.runtime.stats().runs).toBeLessThan(runs + 5);
  expect(made.notices.at(-1)).toMatch(/^`f`: ticks of `\* \* \* \* \* \*` were missed/);
});

test("a tick that the store was too long away for is taken as soon as the one before it is", async () => {
  const store = createMemoryStore();
  const clock = virtualClock();
  const { tools, ticks } = r();
  const putTick = async (way: string, time: number): Promise<void> => {
    if (time === Date.UTC(2026, 0, 1, 0, 5)) await new Promise<void>((resolve) => void clock.after(90_000, resolve));
    await store.putTick(way, time);
  };
  const made = world(every("0 5,6 0 * * *"), tools, { store: { ...store, putTick }, clock });
  await made.runtime.start();
  await turns(4);
  await clock.advance(6 * MINUTE + 31_000);
  expect(ticks).toEqual(["2026-01-01T00:05:00.000Z", "2026-01-01T00:06:00.000Z"]);
});

test("topic and schedule beside each other, each with its `with`", async () => {
  const { world: one, ticks } = await start(flow('[ in, { schedule: "*/5 * * * *", with: { at: "tick ${msg.time} ${meta.id.size()}" } } ]'));
  await one.send("in", [{ at: "by hand" }]);
  await one.clock.advance(5 * MINUTE);
  expect(ticks).toEqual(["by hand", "tick 2026-01-01T00:05:00.000Z 26"]);
});

test("a tick whose input cannot be made is said, and the next one is taken", async () => {
  const { world: one, ticks } = await start(every("*/5 * * * *").replace('"${msg.time}"', '"${[\'a\'][msg.time.getMinutes() - 10]}"'));
  await one.clock.advance(10 * MINUTE);
  expect(ticks).toEqual(["a"]);
  expect(one.notices).toEqual([expect.stringMatching(/^the tick 2026-01-01T00:05:00.000Z of `f` failed: expr: `on`: /)]);
});

test("a tick that another process has taken, whose run may be pure, is not taken here", async () => {
  const { store: shared } = lease(createMemoryStore());
  const { tools, ticks } = r();
  const w = world(every("*/5 * * * *"), tools, { store: shared });
  await w.runtime.start();
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1000) await w.clock.advance(1000);
  };
  await pass(MINUTE);
  await shared.putTick("f */5 * * * * UTC", Date.UTC(2026, 0, 1, 0, 5));
  await pass(10 * MINUTE);
  expect(ticks).toEqual(["2026-01-01T00:10:00.000Z"]);
  await w.runtime.close();
});

test("a runtime that is closed while the store has a tick for long ends as it should, and the next one takes the tick", async () => {
  const store = createMemoryStore();
  const clock = virtualClock();
  const { tools, ticks } = r();
  const stuck = Promise.withResolvers<never>();
  const one = world(every("*/5 * * * *"), tools, { store: { ...store, commit: () => stuck.promise }, clock });
  await one.runtime.start();
  await clock.advance(5 * MINUTE);
  const closed = one.runtime.close();
  const ended = Promise.race([closed, one.runtime.broken]);
  await clock.advance(10_000);
  stuck.reject(new Error("away"));
  await clock.advance(10_000);
  await ended;
  const two = world(every("*/5 * * * *"), tools, { store, clock });
  await two.runtime.start();
  await clock.advance(1_000);
  expect(ticks).toEqual(["2026-01-01T00:05:00.000Z"]);
});

test("a tick that is taken while the runtime is closed is the last one, and nothing holds the process", async () => {
  const store = createMemoryStore();
  const clock = virtualClock();
  const gate = Promise.withResolvers<void>();
  const one = world(every("*/5 * * * *"), r().tools, { store: { ...store, commit: async (items) => (await gate.promise, store.commit(items)) }, clock });
  await one.runtime.start();
  await clock.advance(5 * MINUTE);
  const closed = one.runtime.close();
  gate.resolve();
  await turns(4);
  await clock.advance(10_000);
  await closed;
  expect(clock.pending()).toBe(0);
  expect(await store.runs({ limit: 9 })).toHaveLength(1);
});
