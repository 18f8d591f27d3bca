import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/event.js";
import type { Json } from "../../../src/core/json.js";
import { isJsonObject } from "../../../src/core/json.js";
import type { Store } from "../../../src/core/ports/store.js";
import type { ToolFake, World } from "../../support/runtime.js";
import { ask, eventsOf, machine, type Machine } from "./restart.js";

const N = "{ fields: { n: number } }";
const flow = (steps: string, more = ""): string => `
flowctl: v1
flow: f
types: { In: { fields: { n: number, key: string } } }
topics: { in: { message: In }, out: {} }
tools:
  k: { module: ./tools.ts#k, input: ${N}, output: ${N}, effect: write, idempotency: key, errors: { nope: {} } }
  u: { module: ./tools.ts#u, input: ${N}, output: ${N}, effect: write, idempotency: key }
on: { topic: in, concurrency: 100 }
input: In
${more}
steps:
${steps.trim().split("\n").map((line) => `  ${line}`).join("\n")}
`;
const message = (n: number, key = "a"): Json => ({ n, key });
const nOf = (input: Json): number => (isJsonObject(input) ? Number(input["n"]) : 0);
/** Numbers as `k` was called with them; below zero it fails. */
function tools(): { readonly seen: number[]; readonly fakes: Readonly<Record<string, ToolFake>> } {
  const seen: number[] = [];
  const fake: ToolFake = (input) => {
    seen.push(nOf(input));
    if (nOf(input) < 0) throw new StepError("nope", "no");
    return input;
  };
  return { seen, fakes: { k: fake, u: fake } };
}

/** Runs by the number of their input. */
async function runsBy(store: Store): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const { run } of await store.runs({ limit: 1000 })) {
    const [admitted] = await eventsOf(store, run);
    if (admitted?.type === "run.admitted") found.set(nOf(admitted.data.input), run);
  }
  return found;
}

const runOf = async ({ store }: Machine, n: number): Promise<string> => (await runsBy(store)).get(n) ?? "";
const takings = (events: readonly RunEvent[]): readonly string[] => events.flatMap((event) => (event.type === "step.decided" && event.data.what === "lock" ? [`${event.path} ${String(event.data.value)}`] : []));

async function until(p: World, holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 400; round += 1) {
    if (await holds()) return;
    await p.clock.advance(10);
  }
  throw new Error("it never came to that");
}

const HOLD = flow(`
- { id: x, ask: { question: Well?, output: { fields: { n: number } } } }
- { tool: k, with: { n: "\${input.n}" } }`, "lock: input.key");

describe("one holder over all runs", () => {
  test("the others wait outside of memory and of their places, and get it in the order in which they came", async () => {
    const m = machine();
    const { seen, fakes } = tools();
    const p = await m.boot(HOLD.replace("concurrency: 100", "concurrency: 1"), fakes);
    await p.send("in", [message(1), message(2), message(3), message(9, "b")]);
    await p.settle();
    const [one, two, three, other] = [await runOf(m, 1), await runOf(m, 2), await runOf(m, 3), await runOf(m, 9)];
    const waits = async (run: string) => (await m.store.run(run))?.waits.map(({ kind, path, lock }) => `${kind} ${path} ${lock ?? ""}`);
    // Those that wait take no place: another key goes on behind them.
    expect([await waits(one), await waits(two), await waits(three), await waits(other)]).toEqual([["ask x "], ["lock !lock a"], ["lock !lock a"], ["ask x "]]);
    expect(await m.store.lockHead("a")).toEqual({ lock: "a", run: one, path: "!lock" });
    expect((await m.store.run(three))?.waits).toEqual([{ kind: "lock", path: "!lock", lock: "a", holder: one }]);
    for (const run of [one, two, three]) {
      expect((await m.store.lockHead("a"))?.run).toBe(run);
      await ask(p, run, { kind: "answer", path: "x", payload: { n: 1 } });
      await p.settle();
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(await m.store.lockHead("a")).toBeNull();
    expect(p.runtime.stats()).toMatchObject({ completed: 3, parked: 1 });
  });

  test("100 runs: first come, first served, never two at once", async () => {
    const m = machine();
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    const slow: ToolFake = async (input) => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise<void>((resolve) => void m.clock.after(20, resolve));
      inside -= 1;
      order.push(nOf(input));
      return input;
    };
    const p = await m.boot(flow(`- { id: x, tool: k, with: { n: "\${input.n}" }, lock: "'one'" }`), { k: slow });
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    for (const n of numbers) await p.send("in", [message(n)]);
    await p.settle();
    expect(p.runtime.stats()).toMatchObject({ completed: 100 });
    expect(most).toBe(1);
    expect(order).toEqual(numbers);
    expect(await m.store.lockHead("one")).toBeNull();
  });

  test("different texts do not wait for each other; a number is its text", async () => {
    const m = machine();
    const p = await m.boot(flow(`- { id: x, ask: { question: Well?, output: string }, lock: input.n }`));
    await p.send("in", [message(1), message(2)]);
    await p.settle();
    expect((await m.store.runs({ limit: 9, state: "parked" })).map(({ waits }) => waits[0]?.kind)).toEqual(["ask", "ask"]);
    expect(await m.store.lockHead("2")).toMatchObject({ path: "x!lock" });
  });
});

describe("it is given back", () => {
  test.each([
    ["when the step is done", `{ id: x, tool: k, with: { n: "\${input.n}" }, lock: input.key }`, "completed"],
    ["when it fails", `{ id: x, tool: k, with: { n: "\${0 - input.n}" }, lock: input.key }`, "failed"],
    ["before its catch", `{ id: x, tool: k, with: { n: "\${0 - input.n}" }, lock: input.key, catch: [ { on: any, do: [ { id: y, tool: k, with: { n: 50 }, lock: input.key } ] } ] }`, "completed"],
    ["when a block is over", `{ id: x, switch: [ { else: { lock: input.key, do: [ { tool: k, with: { n: "\${input.n}" } } ] } } ] }`, "completed"],
    ["when a flow that is called is over", "{ id: x, call: g, with: { n: \"${input.n}\", key: \"${input.key}\" } }", "completed"],
    ["by return", `{ id: x, switch: [ { else: { lock: input.key, do: [ { tool: k, with: { n: 1 } }, { return: 1 } ] } } ] }`, "completed"],
    ["pure", `{ id: x, set: "\${input.n}", lock: input.key }`, "completed"],
  ])("%s", async (_, step, status) => {
    const m = machine();
    const { fakes } = tools();
    const called = `---
flowctl: v1
flow: g
on: { manual: {} }
input: { fields: { n: number, key: string } }
tools: { k: { module: ./tools.ts#k, input: ${N}, output: ${N}, effect: write, idempotency: key, errors: { nope: {} } } }
lock: input.key
steps: [ { tool: k, with: { n: "\${input.n}" } } ]
`;
    const p = await m.boot(flow(`- ${step}`) + called, fakes);
    await p.send("in", [message(1), message(2)]);
    await p.settle();
    expect((await m.store.runs({ limit: 9 })).map((row) => row.status)).toEqual([status, status]);
    expect(await m.store.lockHead("a")).toBeNull();
  });

  test("by a waiter that is cancelled, in the middle of the queue; the holder's cancellation lets the next one in", async () => {
    const m = machine();
    const p = await m.boot(HOLD, tools().fakes);
    await p.send("in", [message(1), message(2), message(3)]);
    await p.settle();
    const [one, two, three] = [await runOf(m, 1), await runOf(m, 2), await runOf(m, 3)];
    await ask(p, two, { kind: "cancel" });
    await p.settle();
    expect(await m.store.run(two)).toMatchObject({ status: "cancelled" });
    expect((await m.store.lockHead("a"))?.run).toBe(one);
    await ask(p, one, { kind: "cancel" });
    await p.settle();
    expect(await m.store.run(three)).toMatchObject({ waits: [{ kind: "ask" }] });
  });

  test("by a step that is cancelled while its run is parked: the one that has it, and the one that waits", async () => {
    const m = machine();
    const p = await m.boot(flow('\n- { id: x, ask: { question: Well?, output: string }, lock: input.key }'), tools().fakes);
    await p.send("in", [message(1), message(2), message(3)]);
    await p.settle();
    for (const n of [2, 1]) {
      await ask(p, await runOf(m, n), { kind: "cancel" });
      await p.settle();
    }
    expect((await m.store.lockHead("a"))?.run).toBe(await runOf(m, 3));
    expect(await m.store.run(await runOf(m, 3))).toMatchObject({ waits: [{ kind: "ask" }] });
    await ask(p, await runOf(m, 3), { kind: "cancel" });
    await p.settle();
    expect(await m.store.lockHead("a")).toBeNull();
  });

  test("two locks one after the other, of two runs in opposite order", async () => {
    const m = machine();
    const { seen, fakes } = tools();
    const p = await m.boot(flow(`
- { id: x, tool: k, with: { n: "\${input.n}" }, lock: input.key }
- { id: y, tool: k, with: { n: "\${input.n + 10}" }, lock: "input.key == 'a' ? 'b' : 'a'" }`), fakes);
    await p.send("in", [message(1, "a"), message(2, "b")]);
    await p.settle();
    expect(p.runtime.stats()).toMatchObject({ completed: 2 });
    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 11, 12]);
  });

  test("waiting counts into the step's time limit, also over a restart; what waited in vain is not waited for", async () => {
    const m = machine();
    const text = flow(`
- { id: x, ask: { question: Well?, output: string, timeout: 1m, on_timeout: late }, lock: input.key }
- { emit: out, with: "\${steps.x}" }`);
    await (await m.boot(text)).send("in", [message(1)]);
    await m.clock.advance(30_000);
    const second = await m.boot(text);
    await second.send("in", [message(2), message(3)]);
    await m.clock.advance(25_000);
    const waiting = (await m.store.runs({ limit: 9, state: "parked" })).map(({ waits }) => waits[0]?.kind).toSorted();
    expect(waiting).toEqual(["ask", "lock", "lock"]);
    const third = await m.boot(text);
    // The first one's time is over; then one of the others has it for the rest of its own.
    await m.clock.advance(6_000);
    expect((await m.store.runs({ limit: 9, state: "parked" })).map(({ waits }) => waits[0]?.kind).toSorted()).toEqual(["ask", "lock"]);
    await m.clock.advance(31_000);
    await third.settle();
    expect(await third.read("out")).toEqual(["late", "late", "late"]);
    expect(await m.store.lockHead("a")).toBeNull();
  });

  test("a flow's own time limit ends the waiting, and its catch answers", async () => {
    const m = machine();
    const p = await m.boot(HOLD.replace("lock: input.key", "lock: input.key\ntimeout: 1m\ncatch: [ { on: [timeout], do: [ { emit: out, with: \"${input.n}\" } ] } ]"), tools().fakes);
    await p.send("in", [message(1), message(2)]);
    await p.settle();
    await m.clock.advance(61_000);
    await p.settle();
    expect((await m.store.runs({ limit: 9 })).map((row) => row.status)).toEqual(["completed", "completed"]);
    expect((await p.read("out")).toSorted()).toEqual([1, 2]);
    expect(await m.store.lockHead("a")).toBeNull();
  });
});

test("I5: what the flow's time limit cut off while it waited for a lock ends from the record alone, and adds nothing to it", async () => {
  const m = machine();
  const text = flow("- { id: h, ask: { question: Well?, output: { fields: { n: number } } }, lock: input.key, when: input.n == 1 }\n- { id: x, tool: k, with: { n: \"${input.n}\" }, lock: input.key, timeout: 30m }", "timeout: 1m");
  const first = await m.boot(text, tools().fakes);
  await first.send("in", [message(1), message(2)]);
  await first.settle();
  await m.kill();
  await m.clock.advance(61_000);
  await (await m.boot(text, tools().fakes)).settle();
  const again = machine();
  const rows = await m.store.runs({ limit: 9 });
  expect(rows.map(({ status }) => status)).toEqual(["failed", "failed"]);
  const plan = await m.store.plan(rows[0]?.hash ?? "");
  if (plan === null) throw new Error("no plan");
  await again.store.putPlan(plan);
  for (const row of rows) {
    const events = (await m.events(row.run)).filter(({ type }) => type !== "run.finished");
    await again.store.commit([{ run: row.run, expectedSeq: -1, entryId: "past", fence: null, events, index: [{ op: "run.row", row: { ...row, status: null, waits: [], finishedAt: null, lane: null, error: null } }] }]);
  }
  const { seen, fakes } = tools();
  await (await again.boot(text, fakes)).settle();
  expect(seen).toEqual([]);
  const told = (events: readonly RunEvent[]) => events.filter(({ type }) => type !== "run.owned").map(({ type, path, data }) => ({ type, path, data }));
  for (const { run } of rows) expect(told(await again.events(run))).toEqual(told(await m.events(run)));
});

describe("it is kept", () => {
  test("through the undo of a saga, and freed behind it", async () => {
    const m = machine();
    const { seen, fakes } = tools();
    const p = await m.boot(flow(`
- id: s
  lock: input.key
  saga: {}
  do:
    - { id: a, tool: k, with: { n: "\${input.n}" }, compensate: [ { id: sure, ask: { question: Undo?, output: string } }, { tool: u, with: { n: "\${output.n + 100}" } } ] }
    - { id: b, tool: k, with: { n: -1 }, compensate: { set: 1 } }
  catch: [ { on: [compensated], value: { n: 0 } } ]`), fakes);
    await p.send("in", [message(1), message(2)]);
    await p.settle();
    const [one, two] = [await runOf(m, 1), await runOf(m, 2)];
    expect((await m.store.run(one))?.waits).toMatchObject([{ kind: "ask", path: "s/a!undo/sure" }]);
    expect((await m.store.run(two))?.waits).toMatchObject([{ kind: "lock", path: "s!lock", lock: "a" }]);
    await ask(p, one, { kind: "answer", path: "s/a!undo/sure", payload: "yes" });
    await p.settle();
    expect((await m.store.run(two))?.waits).toMatchObject([{ kind: "ask" }]);
    await ask(p, two, { kind: "answer", path: "s/a!undo/sure", payload: "yes" });
    await p.settle();
    expect(seen).toEqual([1, -1, 101, 2, -1, 102]);
    expect((await m.store.runs({ limit: 9 })).map((row) => row.status)).toEqual(["completed", "completed"]);
  });

  test("in the queue by undos of branches, side by side, of a run that is cancelled while it is parked there: each goes on where it stands", async () => {
    const m = machine();
    const { seen, fakes } = tools();
    const p = await m.boot(flow(`
- { id: h, when: input.n == 1, ask: { question: Well?, output: string }, lock: input.key }
- id: s
  when: input.n == 2
  map: { over: "[10, 20]", as: x, join: any }
  do:
    - id: t
      map: { over: "[1]", join: any }
      do:
        - { id: a, tool: k, with: { n: "\${x}" }, compensate: [ { id: b, tool: u, with: { n: "\${output.n + (error.code == 'nope' ? 100 : 500)}" }, lock: input.key } ] }
        - { id: c, tool: k, with: { n: -1 }, compensate: { set: 1 } }`), fakes);
    await p.send("in", [message(1)]);
    await p.settle();
    await p.send("in", [message(2)]);
    await p.settle();
    const [one, two] = [await runOf(m, 1), await runOf(m, 2)];
    // The last that was done is the last in the queue: undone in that order, it would wait for the one before it.
    const places = ["s[0]/t[0]/a!undo/b!lock", "s[1]/t[0]/a!undo/b!lock"];
    expect((await m.store.run(two))?.waits.map(({ path }) => path)).toEqual(places);
    await ask(p, two, { kind: "cancel" });
    await p.settle();
    expect((await m.store.run(two))?.waits.map(({ path }) => path)).toEqual(places);
    await ask(p, one, { kind: "answer", path: "h", payload: "yes" });
    await p.settle();
    expect(await m.store.run(two)).toMatchObject({ status: "cancelled" });
    expect(seen).toEqual([10, 20, -1, -1, 110, 120]);
    expect(await m.store.lockHead("a")).toBeNull();
  });

  test("by a run in an incident", async () => {
    const m = machine();
    const text = flow(`- { id: x, tool: k, with: { n: "\${input.n}" }, on_unknown: fail, lock: input.key }`);
    const hidden: ToolFake = () => {
      throw new Error("who knows");
    };
    const p = await m.boot(text, { k: hidden });
    await p.send("in", [message(1), message(2)]);
    await p.settle();
    const [one, two] = [await runOf(m, 1), await runOf(m, 2)];
    expect([(await m.store.run(one))?.waits[0]?.kind, (await m.store.run(two))?.waits[0]?.kind]).toEqual(["incident", "lock"]);
    await ask(p, one, { kind: "resolve", path: "x", action: "skip" });
    await p.settle();
    expect((await m.store.run(two))?.waits[0]?.kind).toBe("incident");
  });

  test("over restarts, and one that was freed while nobody was there to tell is found", async () => {
    const m = machine();
    const { seen, fakes } = tools();
    const p = await m.boot(HOLD, fakes);
    await p.send("in", [message(1), message(2)]);
    await p.settle();
    const [one, two] = [await runOf(m, 1), await runOf(m, 2)];
    const q = await m.boot(HOLD, fakes, { cut: { at: "run.finished", when: "after" } });
    await q.settle();
    expect((await m.store.lockHead("a"))?.run).toBe(one);
    void ask(q, one, { kind: "answer", path: "x", payload: { n: 1 } });
    await until(q, async () => (await m.store.run(one))?.status === "completed");
    // It has the lock, and nobody has told it.
    expect([(await m.store.lockHead("a"))?.run, (await m.store.run(two))?.waits[0]?.kind]).toEqual([two, "lock"]);
    const r = await m.boot(HOLD, fakes);
    await r.settle();
    expect((await m.store.run(two))?.waits[0]?.kind).toBe("ask");
    expect(seen).toEqual([1]);
  });
});

test("a failed run that goes on waits for its lock again", async () => {
  const m = machine();
  const text = flow(`
- { id: x, when: input.n > 0, ask: { question: Well?, output: { fields: { n: number } } } }
- { id: y, tool: k, with: { n: "\${input.n}" } }`, "lock: input.key");
  const { seen, fakes } = tools();
  const p = await m.boot(text, fakes);
  await p.send("in", [message(-1)]);
  await p.settle();
  const failed = await runOf(m, -1);
  expect(await m.store.run(failed)).toMatchObject({ status: "failed" });
  await p.send("in", [message(2)]);
  await p.settle();
  await ask(p, failed, { kind: "reopen" });
  await p.settle();
  expect(await m.store.run(failed)).toMatchObject({ status: null, waits: [{ kind: "lock", path: "!lock", lock: "a" }] });
  await ask(p, await runOf(m, 2), { kind: "answer", path: "x", payload: { n: 1 } });
  await p.settle();
  expect(seen).toEqual([-1, 2, -1]);
  expect(takings(await m.events(failed))).toEqual(["!lock taken", "!lock taken"]);
  expect(await m.store.lockHead("a")).toBeNull();
});
