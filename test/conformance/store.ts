import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/core/event.js";
import type { Json } from "../../src/core/json.js";
import type { FlowPlan } from "../../src/core/plan/flow-plan.js";
import type { TextMessage } from "../../src/core/ports/bus.js";
import type { CommitItem, Fence, InboxRow, IndexOp, RowPut, RunRow, RunStateFilter, Store } from "../../src/core/ports/store.js";
import { shardOf, shardPrefix } from "../../src/core/run-id.js";
import { sampleEvents } from "./event-samples.js";

const week = 7 * 24 * 3_600_000;

/** What every Store promises (core/ports/store.ts), for each adapter. `make` gives an empty store. */
export function storeConformance(name: string, make: () => Promise<Store>): void {
  describe(`store conformance: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await make();
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
    });

    describe("commit items", () => {
      test("creates a run at seq 0 and appends to it", async () => {
        const fence = await store.own(3, "a");
        expect(await store.commit([item(R, -1, "e0", null, 2)])).toEqual(["ok"]);
        expect(await store.commit([item(R, 1, "e1", fence, 1)])).toEqual(["ok"]);
        expect((await events(store, R)).map((event) => event.seq)).toEqual([0, 1, 2]);
      });
      test("a second creation is a conflict and changes nothing", async () => {
        await store.commit([item(R, -1, "e0", null, 1)]);
        expect(await store.commit([item(R, -1, "other", null, 3, [lane("l", "join")])])).toEqual(["conflict"]);
        expect(await events(store, R)).toHaveLength(1);
        expect(await store.laneHead("l")).toBeNull();
      });
      test("a wrong expectedSeq is a conflict, below and above", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 3)]);
        expect(await store.commit([item(R, 1, "low", fence, 1), item(R, 3, "high", fence, 1), item("ad-none", 0, "no run", fence, 1)])).toEqual(["conflict", "conflict", "conflict"]);
        expect(await events(store, R)).toHaveLength(3);
      });
      test("the same entry again is ok and is applied once (a lost reply)", async () => {
        const fence = await store.own(3, "a");
        const first = item(R, -1, "e0", null, 1, [put("m0")]);
        const second = item(R, 0, "e1", fence, 1, [put("m1")]);
        expect(await store.commit([first, second])).toEqual(["ok", "ok"]);
        expect(await store.commit([second, first])).toEqual(["ok", "ok"]);
        expect(await events(store, R)).toHaveLength(2);
        expect((await store.outbox(3, 10)).map(({ message }) => message.id)).toEqual(["m0", "m1"]);
      });
      test("the same entry again is ok after later entries and after a takeover", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1), item(R, 0, "e1", fence, 1), item(R, 1, "e2", fence, 1)]);
        await store.own(3, "b");
        expect(await store.commit([item(R, 0, "e1", fence, 1), item(R, -1, "e0", null, 1)])).toEqual(["ok", "ok"]);
        expect(await events(store, R)).toHaveLength(3);
      });
      test("an entry of several events that comes again is ok where it begins, and another one there is a conflict", async () => {
        const fence = await store.own(3, "a");
        const first = item(R, -1, "e0", null, 2, [put("m0")]);
        const second = item(R, 1, "e1", fence, 3, [put("m1")]);
        await store.commit([first, second]);
        expect(await store.commit([first, second, item(R, 1, "other", fence, 3)])).toEqual(["ok", "ok", "conflict"]);
        expect(await events(store, R)).toHaveLength(5);
        expect(await store.outbox(3, 10)).toHaveLength(2);
      });
      test("the items of one run in one call are applied in order", async () => {
        const fence = await store.own(3, "a");
        expect(await store.commit([item(R, -1, "e0", null, 1), item(R, 0, "e1", fence, 2), item(R, 2, "e2", fence, 1)])).toEqual(["ok", "ok", "ok"]);
        expect((await events(store, R)).map((event) => event.seq)).toEqual([0, 1, 2, 3]);
      });
      test("an item that is refused leaves its neighbours alone", async () => {
        const old = await store.own(3, "a");
        const fence = await store.own(3, "b");
        await store.commit([item(R, -1, "r", null, 1), item(S, -1, "s", null, 1)]);
        expect(await store.commit([item(R, 0, "r1", old, 1), item(S, 0, "s1", fence, 1), item(R, 5, "r5", fence, 1), item(R, 0, "r1b", fence, 1)])).toEqual(["fenced", "ok", "conflict", "ok"]);
      });
      test("an item that is refused leaves no row of any kind, and one that is repeated none twice", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f")])]);
        await store.putInbox(answer("b", R));
        const index = [put("m"), timer("t", 1), lane("l", "join"), row(R, "f", "failed"), { op: "inbox.delete", id: "b" }] as const;
        expect(await store.commit([item(R, 5, "e1", fence, 1, index), item(R, 0, "e1", { ...fence, epoch: 99 }, 1, index)])).toEqual(["conflict", "fenced"]);
        expect([await store.outbox(3, 9), await store.timers(3, 9, 9), await store.laneHead("l"), (await store.run(R))?.status]).toEqual([[], [], null, null]);
        expect(await store.inbox(3, 9)).toHaveLength(1);
        const taken = item(R, 0, "e1", fence, 1, index);
        expect(await store.commit([taken, taken])).toEqual(["ok", "ok"]);
        expect(await store.outbox(3, 9)).toHaveLength(1);
        expect(await store.inbox(3, 9)).toEqual([]);
      });
      test("what a refused item would have recorded is meant by no later one", async () => {
        const output = { text: "x".repeat(1000) };
        await store.commit([item(R, -1, "e0", null, 1)]);
        const refused: RunEvent = { type: "step.completed", run: R, seq: 6, at: 1, path: "a", data: { attempt: 1, output, ms: 1 } };
        expect(await store.commit([{ run: R, expectedSeq: 5, entryId: "no", fence: null, events: [refused], index: [] }])).toEqual(["conflict"]);
        const started: RunEvent = { type: "step.started", run: R, seq: 1, at: 1, path: "b", data: { kind: "tool", effect: "read", attempt: 1, inHash: "h", input: output } };
        expect(await store.commit([{ run: R, expectedSeq: 0, entryId: "e1", fence: null, events: [started], index: [] }])).toEqual(["ok"]);
        expect(await events(store, R, 1)).toEqual([started]);
      });
      test("calls that are not awaited are applied in their order", async () => {
        const fence = await store.own(3, "a");
        const calls = Array.from({ length: 50 }, (_, at) => store.commit([item(R, at - 1, `e${at}`, at === 0 ? null : fence, 1)]));
        expect((await Promise.all(calls)).flat()).toEqual(Array.from({ length: 50 }, () => "ok"));
        expect((await events(store, R)).map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, seq) => seq));
      });
      test("an item without a fence is held to its seq alone", async () => {
        await store.own(3, "a");
        expect(await store.commit([item(R, -1, "e0", null, 1), item(R, 0, "e1", null, 1), item(R, 0, "e2", null, 1)])).toEqual(["ok", "ok", "conflict"]);
      });
      test("events of every type come back as they were put", async () => {
        const written = sampleEvents(R);
        expect(await store.commit([{ run: R, expectedSeq: -1, entryId: "e", fence: null, events: written, index: [] }])).toEqual(["ok"]);
        expect(await events(store, R)).toEqual(written);
        expect(await events(store, R, 7)).toEqual(written.slice(7));
      });
      test("an empty call is fine", async () => {
        expect(await store.commit([])).toEqual([]);
      });
      test("events come back as they were put, 1,000 of them and large ones", async () => {
        const big = "ä€😀".repeat(50_000);
        const written = Array.from({ length: 1000 }, (_, seq): RunEvent => event(R, seq, seq === 500 ? big : `t${seq}`));
        expect(await store.commit([{ run: R, expectedSeq: -1, entryId: "e", fence: null, events: written, index: [] }])).toEqual(["ok"]);
        expect(await events(store, R)).toEqual(written);
      });
    });

    describe("fences", () => {
      test("each owner has a higher epoch; an earlier one is fenced", async () => {
        const first = await store.own(3, "a");
        const second = await store.own(3, "b");
        expect(second.epoch).toBeGreaterThan(first.epoch);
        expect(second.shard).toBe(3);
        await store.commit([item(R, -1, "e0", null, 1)]);
        expect(await store.commit([item(R, 0, "zombie", first, 1)])).toEqual(["fenced"]);
        expect(await store.commit([item(R, 0, "owner", second, 1)])).toEqual(["ok"]);
      });
      test("shards do not fence each other", async () => {
        const three = await store.own(3, "a");
        await store.own(4, "b");
        await store.commit([item(R, -1, "e0", null, 1)]);
        expect(await store.commit([item(R, 0, "e1", three, 1)])).toEqual(["ok"]);
      });
      test("who may not drive a run does not create one with a fence either", async () => {
        const old = await store.own(3, "a");
        const fence = await store.own(3, "b");
        expect(await store.commit([item(R, -1, "zombie", old, 2, [put("m"), row(R, "f")])])).toEqual(["fenced"]);
        expect([await events(store, R), await store.outbox(3, 9), await store.run(R)]).toEqual([[], [], null]);
        expect(await store.commit([item(R, -1, "owner", fence, 2)])).toEqual(["ok"]);
      });
      test("an epoch that was never given is fenced", async () => {
        await store.commit([item(R, -1, "e0", null, 1)]);
        expect(await store.commit([item(R, 0, "e1", { shard: 3, epoch: 7 }, 1)])).toEqual(["fenced"]);
      });
    });

    describe("reading", () => {
      test("from a seq on, to the end, and nothing for an unknown run", async () => {
        await store.commit([item(R, -1, "e0", null, 5)]);
        expect((await events(store, R, 3)).map((one) => one.seq)).toEqual([3, 4]);
        expect(await events(store, R, 5)).toEqual([]);
        expect(await events(store, "ad-unknown")).toEqual([]);
      });
      test("run rows: the last one counts; open, flow, limit; newest first", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f")]), item(S, -1, "e0", null, 1, [row(S, "g")]), item(T, -1, "e0", null, 1, [row(T, "f")])]);
        await store.commit([item(R, 0, "e1", fence, 1, [row(R, "f", "completed")])]);
        expect(await store.run(R)).toMatchObject({ status: "completed", flow: "f" });
        expect(await store.run("ad-unknown")).toBeNull();
        expect((await store.runs({ limit: 10 })).map((one) => one.run)).toEqual([T, S, R]);
        expect((await store.runs({ limit: 10, state: "running" })).map((one) => one.run)).toEqual([T, S]);
        expect((await store.runs({ limit: 10, state: "completed" })).map((one) => one.run)).toEqual([R]);
        expect((await store.runs({ limit: 1, flow: "f" })).map((one) => one.run)).toEqual([T]);
        expect((await store.runs({ limit: 10, flow: "f", state: "completed" })).map((one) => one.run)).toEqual([R]);
      });
      test("run rows: those before one, by flow and state too: a page behind a page is all of them", async () => {
        const ids = Array.from({ length: 9 }, (_, at) => `ad-row${at}`);
        await store.commit(ids.map((run, at) => item(run, -1, "e0", null, 1, [row(run, at % 3 === 0 ? "g" : "f", at === 4 ? "completed" : null)])));
        const paged = async (filter: { readonly flow?: string; readonly state?: RunStateFilter }): Promise<string[]> => {
          const found: string[] = [];
          for (let before: string | undefined; ; before = found.at(-1)) {
            const page = await store.runs({ ...filter, limit: 2, ...(before === undefined ? {} : { before }) });
            found.push(...page.map(({ run }) => run));
            if (page.length < 2) return found;
          }
        };
        expect(await paged({})).toEqual(ids.toReversed());
        expect(await paged({ flow: "f", state: "running" })).toEqual(["ad-row8", "ad-row7", "ad-row5", "ad-row2", "ad-row1"]);
        expect(await store.runs({ limit: 5, before: "ad-row0" })).toEqual([]);
      });
      test("run rows: what a run came from is told once, and kept", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f", null, { origin: "POST /orders" })]), item(S, -1, "e0", null, 1, [row(S, "f")])]);
        await store.commit([item(R, 0, "e1", fence, 1, [row(R, "f", "completed")])]);
        expect(await store.run(R)).toMatchObject({ status: "completed", origin: "POST /orders" });
        expect(await store.run(S)).not.toHaveProperty("origin");
      });
      test("run rows: states, errors and lanes", async () => {
        const error = { code: "refused", message: "no" };
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f", null, { waits: asking })]), item(S, -1, "e0", null, 1, [row(S, "f", "failed", { error })]), item(T, -1, "e0", null, 1, [row(T, "f", null, { lane: "l" })])]);
        expect((await store.runs({ limit: 10, state: "parked" })).map((one) => one.run)).toEqual([R]);
        expect((await store.runs({ limit: 10, state: "running" })).map((one) => one.run)).toEqual([T]);
        expect(await store.run(R)).toMatchObject({ waits: asking, lane: null });
        expect(await store.run(S)).toMatchObject({ status: "failed", error });
        expect(await store.run(T)).toMatchObject({ lane: "l" });
      });
      test("runs by the beginning of their id, two at most", async () => {
        await store.commit([R, S, T].map((run) => item(run, -1, "e0", null, 1, [row(run, "f")])));
        expect((await store.runsLike(R)).map(({ run }) => run)).toEqual([R]);
        expect(await store.runsLike(R.slice(0, 2))).toHaveLength(2);
        expect(await store.runsLike("zz")).toEqual([]);
        expect(await store.runsLike("%")).toEqual([]);
      });
      test("open runs of a shard that somebody has to drive, in order of admission", async () => {
        const fence = await store.own(3, "a");
        await store.commit([
          item(R, -1, "e0", null, 1, [row(R, "f")]),
          item(S, -1, "e0", null, 1, [row(S, "f", null, { waits: asking })]),
          item(T, -1, "e0", null, 1, [row(T, "f", null, { waits: asking, lane: "l" })]),
          item(OTHER_SHARD, -1, "e0", null, 1, [row(OTHER_SHARD, "f")]),
        ]);
        expect((await store.openRuns(3)).map(({ run }) => run)).toEqual([R, T]);
        await store.commit([item(R, 0, "e1", fence, 1, [row(R, "f", "completed")]), item(S, 0, "e1", fence, 1, [row(S, "f")])]);
        expect((await store.openRuns(3)).map(({ run }) => run)).toEqual([S, T]);
      });
      test("I37 the plans of open runs, parked or not", async () => {
        const fence = await store.own(3, "a");
        await store.commit([
          item(R, -1, "e0", null, 1, [row(R, "f", null, { hash: "h1" })]),
          item(S, -1, "e0", null, 1, [row(S, "f", null, { hash: "h1", waits: asking })]),
          item(T, -1, "e0", null, 1, [row(T, "g", null, { hash: "h2", waits: stuck })]),
          item(OTHER_SHARD, -1, "e0", null, 1, [row(OTHER_SHARD, "f", null, { hash: "h3" })]),
        ]);
        expect((await store.openPlans()).toSorted()).toEqual(["h1", "h2", "h3"]);
        await store.commit([item(R, 0, "e1", fence, 1, [row(R, "f", "completed", { hash: "h1" })]), item(T, 0, "e1", fence, 1, [row(T, "g", "failed", { hash: "h2" })])]);
        expect((await store.openPlans()).toSorted()).toEqual(["h1", "h3"]);
      });
      test("counts", async () => {
        await store.commit([
          item(R, -1, "e0", null, 1, [row(R, "f"), put("m0")]),
          item(S, -1, "e0", null, 1, [row(S, "f", null, { waits: stuck })]),
          item(T, -1, "e0", null, 1, [row(T, "f", "completed")]),
        ]);
        await store.putDeadLetters([{ id: "d", flow: "f", at: 1, letter: {} }]);
        expect((await store.runs({ limit: 10, state: "incident" })).map((one) => one.run)).toEqual([S]);
        expect((await store.runs({ limit: 10, state: "incident", flow: "g" })).map((one) => one.run)).toEqual([]);
        expect((await store.runs({ limit: 10, state: "parked" })).map((one) => one.run)).toEqual([S]);
        expect(await store.counts()).toMatchObject({ running: 1, parked: 1, incidents: 1, ended: 1, unsent: 1, deadLetters: 1 });
        expect(await store.backlog()).toEqual([{ flow: "f", running: 1, parked: 1, incidents: 1 }]);
      });
      test("plans are kept by hash", async () => {
        await store.putPlan(plan("h1", "one"));
        await store.putPlan(plan("h1", "one"));
        await store.putPlan(plan("h2", "two"));
        expect(await store.plan("h1")).toEqual(plan("h1", "one"));
        expect(await store.plan("h3")).toBeNull();
        const moved = { ...plan("h1", "one"), binding: { ...plan("h1", "one").binding, secrets: [{ secret: "env", name: "KEY" }] } } as const;
        await store.putPlan(moved);
        expect(await store.plan("h1")).toEqual(moved);
      });
    });

    describe("rows of items", () => {
      test("timers: due until, soonest first, by shard; replaced and deleted by path", async () => {
        const fence = await store.own(3, "a");
        await store.commit([
          item(R, -1, "e0", null, 1, [timer("late", 300), timer("soon", 100), timer("gone", 50), timer("moved", 10)]),
          item(OTHER_SHARD, -1, "e0", null, 1, [timer("x", 1)]),
        ]);
        await store.commit([item(R, 0, "e1", fence, 1, [{ op: "timer.delete", path: "gone" }, timer("moved", 200)])]);
        expect((await store.timers(3, 250, 10)).map((one) => [one.path, one.due])).toEqual([["soon", 100], ["moved", 200]]);
        expect((await store.timers(3, 1000, 1)).map((one) => one.path)).toEqual(["soon"]);
        expect(await store.timers(3, 100, 10)).toEqual([{ run: R, path: "soon", due: 100 }]);
        expect(await store.timers(5, 1000, 10)).toEqual([]);
        await store.commit([item(R, 1, "e2", fence, 1, [{ op: "timer.delete", path: "moved" }, { op: "timer.delete", path: "never there" }])]);
        expect((await store.timers(3, 1000, 10)).map((one) => one.path)).toEqual(["soon", "late"]);
      });
      test("outbox: in the order of the items, by shard, until published", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(S, -1, "s0", null, 1, [put("m1"), put("m2")]), item(R, -1, "r0", null, 1, [put("m3")])]);
        await store.commit([item(S, 0, "s1", fence, 1, [put("m4")])]);
        expect((await store.outbox(3, 10)).map((one) => [one.run, one.message.id])).toEqual([[S, "m1"], [S, "m2"], [R, "m3"], [S, "m4"]]);
        expect((await store.outbox(3, 2)).map((one) => one.message.id)).toEqual(["m1", "m2"]);
        expect(await store.outbox(4, 10)).toEqual([]);
        await store.commit([item(OTHER_SHARD, -1, "o", null, 1, [put("m1")])]);
        await store.published(3, ["m1", "m3", "never there"]);
        expect((await store.outbox(3, 10)).map((one) => one.message)).toEqual([message("m2"), message("m4")]);
        expect((await store.outbox(3, 1)).map((one) => one.message.id)).toEqual(["m2"]);
        // Behind another write the mark is where that is.
        await store.putTick("s", 1);
        expect([...(await store.outbox(3, 10)), ...(await store.outbox(4, 10))].map(({ run, message: { id } }) => [run, id])).toEqual([[S, "m2"], [S, "m4"], [OTHER_SHARD, "m1"]]);
      });
      test("outbox: what is put again under its id before it is published is there once, as it was put last", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(S, -1, "s0", null, 1, [put("m1"), put("m2")])]);
        const again = { ...message("m1"), body: "2" };
        await store.commit([item(S, 0, "s1", fence, 1, [{ op: "outbox.put", message: again }])]);
        expect((await store.outbox(3, 10)).map((one) => one.message)).toEqual([again, message("m2")]);
      });
      test("I22 outbox: positions tell the order over shards", async () => {
        await store.commit([item(S, -1, "s0", null, 1, [put("m1")])]);
        await store.commit([item(OTHER_SHARD, -1, "o0", null, 1, [put("m2")]), item(R, -1, "r0", null, 1, [put("m3")])]);
        await store.published(3, ["m1"]);
        await store.commit([item(T, -1, "t0", null, 1, [put("m4")])]);
        const rows = [...(await store.outbox(3, 10)), ...(await store.outbox(4, 10))];
        expect(rows.sort((a, b) => a.position - b.position).map((one) => one.message.id)).toEqual(["m2", "m3", "m4"]);
      });
      test("I36 budgets over runs: what is held back, and in its place what was spent, once", async () => {
        const fence = await store.own(3, "a");
        const budget = (op: "budget.hold" | "budget.settle", scope: string, call: string, tokens: number, usd: number): IndexOp => ({ op, scope, call, until: 1e15, tokens, usd });
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f"), budget("budget.hold", "s", "a~1", 100, 1.5), budget("budget.hold", "t", "b~1", 10, 0)]), item(S, -1, "s0", null, 1, [row(S, "f"), budget("budget.hold", "s", "a~1", 50, 0.25)])]);
        expect(await store.budgets({ limit: 10 })).toEqual([{ scope: "s", tokens: 150, usd: 1.75 }, { scope: "t", tokens: 10, usd: 0 }]);
        const settle = item(R, 0, "e1", fence, 1, [budget("budget.settle", "s", "a~1", 30, 0.5)]);
        expect(await store.commit([settle])).toEqual(["ok"]);
        expect(await store.commit([settle])).toEqual(["ok"]);
        expect(await store.budgets({ scope: "s", limit: 10 })).toEqual([{ scope: "s", tokens: 80, usd: 0.75 }]);
        await store.commit([item(R, 1, "e2", fence, 1, [budget("budget.hold", "s", "a~1", 100, 0)]), item(R, 9, "no", fence, 1, [budget("budget.settle", "s", "a~1", 1000, 9)])]);
        expect(await store.budgets({ scope: "s", limit: 10 })).toEqual([{ scope: "s", tokens: 180, usd: 0.75 }]);
        // Asked for anew, as by the process that has it next.
        await store.commit([item(R, 2, "again", fence, 1, [budget("budget.hold", "s", "a~1", 40, 0)])]);
        expect(await store.budgets({ scope: "s", limit: 10 })).toEqual([{ scope: "s", tokens: 120, usd: 0.75 }]);
        await store.commit([item(R, 3, "e3", fence, 1, [budget("budget.settle", "s", "a~1", 0, 0)])]);
        expect(await store.budgets({ scope: "s", limit: 10 })).toEqual([{ scope: "s", tokens: 80, usd: 0.75 }]);
        expect(await store.budgets({ scope: "nobody", limit: 10 })).toEqual([]);
        expect(await store.budgets({ limit: 1 })).toHaveLength(1);
      });
      test("I36: of processes that share the store and ask at once each sees what the others hold back", async () => {
        const { sharing } = store;
        if (sharing === undefined) return;
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f"), { op: "budget.settle", scope: "s", call: "a~1", until: 1e15, tokens: 10, usd: 0.5 }]), item(S, -1, "s0", null, 1, [row(S, "f")])]);
        const hold = (run: string, call: string, tokens: number, most: { readonly tokens?: number; readonly usd?: number } = { tokens: 100 }) => sharing.reserve({ run, call, scope: "s", tokens, usd: tokens / 100, most }, fence);
        const asked = await Promise.all(Array.from({ length: 12 }, (_, at) => hold(at % 2 === 0 ? R : S, `b~${at}`, 25)));
        const held = asked.flatMap((one) => (one !== "fenced" && one.held ? [one.tokens] : []));
        expect(held.toSorted((a, b) => a - b)).toEqual([10, 35, 60]);
        expect(asked.filter((one) => one !== "fenced" && !one.held)).toEqual(Array.from({ length: 9 }, () => ({ held: false, tokens: 85, usd: 1.25 })));
        const left = asked.findIndex((one) => one !== "fenced" && one.held);
        const [run, call] = [left % 2 === 0 ? R : S, `b~${left}`];
        // The same once more, a lost reply or the run's next owner, takes its own place.
        expect(await hold(run, call, 25)).toEqual({ held: true, tokens: 60, usd: 1 });
        expect(await hold(run, call, 40)).toEqual({ held: true, tokens: 60, usd: 1 });
        // What only looks is never refused, and USD count as well.
        expect(await hold(S, "look", 500, {})).toEqual({ held: true, tokens: 100, usd: 1.4 });
        expect(await hold(S, "look", 1, { usd: 1.4 })).toEqual({ held: false, tokens: 100, usd: 1.4 });
        expect(await store.budgets({ scope: "s", limit: 1 })).toEqual([{ scope: "s", tokens: 100, usd: 1.4 }]);
        // The item of the call puts its cost there.
        const settle: IndexOp = { op: "budget.settle", scope: "s", call, until: 1e15, tokens: 5, usd: 0 };
        await store.commit([item(run, 0, "e1", fence, 1, [{ ...settle, op: "budget.hold", tokens: 40, usd: 0.4 }]), item(run, 1, "e2", fence, 1, [settle])]);
        expect(await store.budgets({ scope: "s", limit: 1 })).toMatchObject([{ tokens: 65 }]);
        // A zombie holds nothing back.
        await store.own(3, "b");
        expect(await hold(S, "late", 1)).toBe("fenced");
        expect(await store.budgets({ scope: "s", limit: 1 })).toMatchObject([{ tokens: 65 }]);
      });
      test("I36: what is held back for a call that never began counts no more when its run has ended", async () => {
        const { sharing } = store;
        if (sharing === undefined) return;
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f")])]);
        const known = await store.run(R);
        if (known === null) throw new Error("there is no run");
        expect(await sharing.reserve({ run: R, call: "a~1", scope: "s", tokens: 50, usd: 0, most: { tokens: 60 } }, fence)).toEqual({ held: true, tokens: 0, usd: 0 });
        expect(await store.budgets({ scope: "s", limit: 1 })).toEqual([{ scope: "s", tokens: 50, usd: 0 }]);
        await store.commit([item(R, 0, "e1", fence, 1, [{ op: "run.row", row: { ...known, status: "cancelled", finishedAt: 5 } }]), item(S, -1, "s0", null, 1, [row(S, "f")])]);
        expect(await store.budgets({ scope: "s", limit: 1 })).toEqual([]);
        expect(await sharing.reserve({ run: S, call: "a~1", scope: "s", tokens: 50, usd: 0, most: { tokens: 60 } }, fence)).toEqual({ held: true, tokens: 0, usd: 0 });
      });
      test("I36: the sum of a day that is over goes with a prune, one for ever stays", async () => {
        const spent = (scope: string, until: number): IndexOp => ({ op: "budget.settle", scope, call: `${scope}~1`, until, tokens: 5, usd: 0 });
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f"), spent("day", 100), spent("next day", 300), spent("for ever", Infinity)])]);
        await store.prune({ before: 0 }, 10, 200);
        expect((await store.budgets({ limit: 10 })).map(({ scope }) => scope)).toEqual(["for ever", "next day"]);
      });
      test("I36: what a run has spent counts on when it is removed, and what it held back does not", async () => {
        const budget = (op: "budget.hold" | "budget.settle", call: string): IndexOp => ({ op, scope: "s", call, until: Infinity, tokens: 5, usd: 0.5 });
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f", "completed"), budget("budget.settle", "a~1"), budget("budget.hold", "b~1"), budget("budget.settle", "b~1")])]);
        expect(await store.prune({ before: Infinity }, 10, 100)).toBe(1);
        expect(await store.budgets({ scope: "s", limit: 1 })).toEqual([{ scope: "s", tokens: 10, usd: 1 }]);
      });
      test("I14 waiters: by topic and key, among the runs of a flow, until they are deleted", async () => {
        const fence = await store.own(3, "a");
        const waits = (topic: string, key: string, wait: string): IndexOp => ({ op: "waiter.put", topic, key, wait });
        await store.commit([
          item(R, -1, "r", null, 1, [row(R, "f"), waits("t", "k", "a"), waits("t", "k", "b"), waits("t", "l", "a"), waits("u", "k", "c")]),
          item(S, -1, "s", null, 1, [row(S, "f"), waits("t", "k", "a"), waits("t", "k", "a")]),
          item(T, -1, "t", null, 1, [row(T, "g"), waits("t", "k", "a")]),
        ]);
        const found = async (flow: string, topic: string, ...keys: string[]): Promise<string[]> => (await store.waiters(flow, topic, keys)).map(({ run, wait, key }) => `${run} ${wait} ${key}`).toSorted();
        expect(await found("f", "t", "k", "none")).toEqual([`${R} a k`, `${R} b k`, `${S} a k`].toSorted());
        expect(await found("f", "t", "k", "l")).toHaveLength(4);
        expect([await found("g", "t", "k"), await found("f", "u", "l"), await found("f", "t")]).toEqual([[`${T} a k`], [], []]);
        await store.commit([item(R, 0, "r1", fence, 1, [waits("t", "k", "a"), { op: "waiter.delete", wait: "b" }]), item(S, 7, "late", fence, 1, [waits("t", "late", "a")])]);
        expect([...(await found("f", "t", "k", "l", "late")), ...(await found("f", "u", "k"))]).toEqual([...[`${R} a k`, `${R} a l`, `${S} a k`].toSorted(), `${R} c k`]);
        await store.commit([item(R, 1, "r2", fence, 1, [{ op: "waiter.delete", wait: null }])]);
        expect([...(await found("f", "t", "k", "l")), ...(await found("f", "u", "k"))]).toEqual([`${S} a k`]);
      });
      test("lanes: who joined first is the head until it leaves", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(S, -1, "s", null, 1, [lane("l", "join")]), item(R, -1, "r", null, 1, [lane("l", "join")]), item(T, -1, "t", null, 1, [lane("other", "join")])]);
        expect(await store.laneHead("l")).toBe(S);
        // Who stands there already keeps its place.
        await store.commit([item(S, 0, "s1", fence, 1, [lane("l", "join")])]);
        expect(await store.laneHead("l")).toBe(S);
        await store.commit([item(S, 1, "s2", fence, 1, [lane("l", "leave")])]);
        expect(await store.laneHead("l")).toBe(R);
        await store.commit([item(R, 0, "r1", fence, 1, [lane("l", "leave")])]);
        expect(await store.laneHead("l")).toBeNull();
        expect(await store.laneHead("other")).toBe(T);
      });
    });

    describe("locks", () => {
      const lock = (verb: "join" | "take" | "leave", path: string, name = "l"): IndexOp => ({ op: `lock.${verb}`, lock: name, path });
      const head = async (name = "l") => {
        const found = await store.lockHead(name);
        return found === null ? null : `${found.run} ${found.path}`;
      };
      const untaken = async () => (await store.untakenLocks()).map(({ lock: name, run, path }) => `${name} ${run} ${path}`).toSorted();

      test("who joined first has it until it leaves; a run may stand in a queue at several paths", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(S, -1, "s", null, 1, [lock("join", "a")]), item(R, -1, "r", null, 1, [lock("join", "b"), lock("join", "b", "other")]), item(S, 0, "s1", fence, 1, [lock("join", "c"), lock("join", "a")])]);
        expect([await head(), await head("other"), await head("none")]).toEqual([`${S} a`, `${R} b`, null]);
        expect(await store.lockHead("l")).toEqual({ lock: "l", run: S, path: "a" });
        await store.commit([item(S, 1, "s2", fence, 1, [lock("leave", "a")])]);
        expect(await head()).toBe(`${R} b`);
        await store.commit([item(R, 0, "r1", fence, 1, [lock("leave", "b"), lock("leave", "b")])]);
        expect([await head(), await head("other")]).toEqual([`${S} c`, `${R} b`]);
        await store.commit([item(S, 2, "s3", fence, 1, [lock("leave", "c"), lock("join", "a")])]);
        expect(await head()).toBe(`${S} a`);
      });
      test("one that leaves from the middle is not waited for; an item that is refused joins nothing", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "r", null, 1, [lock("join", "a")]), item(S, -1, "s", null, 1, [lock("join", "a")]), item(T, -1, "t", null, 1, [lock("join", "a")])]);
        expect(await store.commit([item(R, 7, "no", fence, 1, [lock("leave", "a")]), item(S, 0, "s1", fence, 1, [lock("leave", "a")]), item(OTHER_SHARD, 4, "no", null, 1, [lock("join", "a", "new")])])).toEqual(["conflict", "ok", "conflict"]);
        expect([await head(), await head("new")]).toEqual([`${R} a`, null]);
        await store.commit([item(R, 0, "r1", fence, 1, [lock("leave", "a")])]);
        expect(await head()).toBe(`${T} a`);
      });
      test("those that are first and do not know it can be asked for", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "r", null, 1, [lock("join", "a"), lock("join", "b", "m")]), item(S, -1, "s", null, 1, [lock("join", "a"), lock("join", "b", "m")])]);
        expect(await untaken()).toEqual([`l ${R} a`, `m ${R} b`]);
        await store.commit([item(T, -1, "t", null, 1, [lock("join", "a", "n"), lock("join", "b", "n"), lock("take", "a", "n")])]);
        expect(await untaken()).toEqual([`l ${R} a`, `m ${R} b`]);
        await store.commit([item(T, 0, "t1", fence, 1, [lock("leave", "a", "n")])]);
        expect(await untaken()).toEqual([`l ${R} a`, `m ${R} b`, `n ${T} b`]);
        await store.commit([item(T, 1, "t2", fence, 1, [lock("leave", "b", "n")])]);
        await store.commit([item(R, 0, "r1", fence, 1, [lock("take", "a"), lock("take", "b", "m")])]);
        expect(await untaken()).toEqual([]);
        await store.commit([item(R, 1, "r2", fence, 1, [lock("leave", "a")]), item(S, 0, "s1", fence, 1, [lock("take", "b", "m")])]);
        expect(await untaken()).toEqual([`l ${S} a`]);
      });
    });

    describe("inbox", () => {
      test("rows stay in order until an item deletes them", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1)]);
        await store.putInbox(answer("b", R));
        await store.putInbox(answer("a", R));
        await store.putInbox({ ...answer("b", R), by: "somebody else" });
        await store.putInbox(answer("c", OTHER_SHARD));
        expect(await store.inbox(3, 10)).toEqual([answer("b", R), answer("a", R)]);
        expect(await store.inbox(3, 1)).toEqual([answer("b", R)]);
        await store.commit([item(R, 0, "e1", fence, 1, [{ op: "inbox.delete", id: "b" }])]);
        expect(await store.inbox(3, 10)).toEqual([answer("a", R)]);
      });
      test("one message is asked of several runs under one id", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1), item(S, -1, "e0", null, 1)]);
        await store.putInbox(answer("b", R));
        await store.putInbox(answer("b", S));
        expect(await store.inbox(3, 10)).toEqual([answer("b", R), answer("b", S)]);
        await store.commit([item(R, 0, "e1", fence, 1, [{ op: "inbox.delete", id: "b" }])]);
        expect(await store.inbox(3, 10)).toEqual([answer("b", S)]);
      });
      test("an item that is refused deletes nothing", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1)]);
        await store.putInbox(answer("b", R));
        expect(await store.commit([item(R, 4, "e1", fence, 1, [{ op: "inbox.delete", id: "b" }])])).toEqual(["conflict"]);
        expect(await store.inbox(3, 10)).toHaveLength(1);
      });
    });

    describe("dedupe keys", () => {
      test("seen until their time, per scope", async () => {
        await store.markSeen("f", [{ key: "a", until: 1000 }, { key: "b", until: 2000 }, { key: "c", until: Infinity }]);
        expect(await store.seen("f", ["a", "b", "c", "d"], 500)).toEqual(new Set(["a", "b", "c"]));
        expect(await store.seen("g", ["a"], 500)).toEqual(new Set());
        expect(await store.seen("f", ["a", "b", "c"], 1000)).toEqual(new Set(["b", "c"]));
        expect(await store.seen("f", ["b", "c"], 2 ** 50)).toEqual(new Set(["c"]));
      });
      test("marks that are over go, with others that are put then; none goes before its time", async () => {
        await store.markSeen("f", [{ key: "over", until: 1000 }, { key: "next", until: 1001 }, { key: "ever", until: Infinity }]);
        await store.markSeen("g", [{ key: "next", until: 1001 }]);
        expect(await store.seen("f", ["over"], 1000)).toEqual(new Set());
        await store.markSeen("f", [{ key: "new", until: 1001 }]);
        expect(await store.seen("f", ["over", "next", "ever", "new"], 1000)).toEqual(new Set(["next", "ever", "new"]));
        expect(await store.seen("g", ["next"], 1000)).toEqual(new Set(["next"]));
        // As of a clock that was set back, that it went shows.
        if (store.durable) expect(await store.seen("f", ["over", "next"], 999)).toEqual(new Set(["next"]));
      });
      test("marked again: the new time counts", async () => {
        await store.markSeen("f", [{ key: "a", until: 1000 }]);
        await store.markSeen("f", [{ key: "a", until: 3000 }]);
        expect(await store.seen("f", ["a"], 2000)).toEqual(new Set(["a"]));
      });
      test("keys are text, whatever they say", async () => {
        const keys = ["__proto__", "constructor", "", "a\u0000b", "'; drop table", "😀"];
        await store.markSeen("f", keys.slice(1).map((key) => ({ key, until: 10 })));
        expect(await store.seen("f", keys, 1)).toEqual(new Set(keys.slice(1)));
      });
    });

    describe("rows of tables", () => {
      const put = (key: string, value: Json, effect: string, more: Partial<RowPut> = {}): RowPut => ({ table: "t", key, value, effect, run: R, now: 100, until: null, ...more });
      const value = async (key: string, now = 100, table = "t") => (await store.tableRow(table, key, now))?.value;
      test("are put, read and replaced, by table and key; keys are text, whatever they say", async () => {
        expect(await store.putRow(put("a", { n: 1 }, "e1"))).toBe("ok");
        expect(await store.putRow(put("a", { n: 2 }, "e2", { now: 200 }))).toBe("ok");
        expect(await store.putRow(put("a", "other", "e3", { table: "u" }))).toBe("ok");
        for (const [at, key] of ["__proto__", "", "a\u0000b", "'; drop table", "😀"].entries()) await store.putRow(put(key, at, `k${at}`, { table: "__proto__" }));
        expect(await store.tableRow("t", "a", 300)).toEqual({ key: "a", value: { n: 2 }, at: 200, until: null });
        expect([await value("a", 1, "u"), await value("b"), await value("__proto__", 1, "__proto__"), await value("'; drop table", 1, "__proto__")]).toEqual(["other", undefined, 0, 3]);
        expect(await store.tables(300)).toEqual([{ table: "__proto__", rows: 5 }, { table: "t", rows: 1 }, { table: "u", rows: 1 }]);
        expect((await store.counts()).rows).toBe(7);
      });
      test("the same effect again changes nothing and has the verdict that it had, whatever others have put since", async () => {
        await store.putRow(put("a", 1, "first", { expected: null }));
        expect(await store.putRow(put("a", 9, "refused", { expected: null }))).toBe("conflict");
        await store.putRow(put("a", 2, "second", { run: S }));
        expect(await store.putRow(put("a", 1, "first", { expected: null }))).toBe("ok");
        expect(await value("a")).toBe(2);
        expect(await store.putRow(put("a", 9, "refused", { expected: { value: 2 } }))).toBe("conflict");
        expect(await value("a")).toBe(2);
      });
      test("compare and set: by the value as JSON, null is a value and no row is none; of two at once one wins", async () => {
        expect(await store.putRow(put("a", { b: [1], a: null }, "e1", { expected: null }))).toBe("ok");
        expect(await store.putRow(put("a", 1, "e2", { expected: { value: { a: null, b: [1, 2] } } }))).toBe("conflict");
        expect(await store.putRow(put("a", null, "e3", { expected: { value: { a: null, b: [1] } } }))).toBe("ok");
        expect(await store.putRow(put("a", 2, "e4", { expected: null }))).toBe("conflict");
        const race = await Promise.all([R, S, T].map((run) => store.putRow(put("a", run, `race ${run}`, { run, expected: { value: null } }))));
        expect(race.toSorted()).toEqual(["conflict", "conflict", "ok"]);
        expect(await value("a")).toBe([R, S, T][race.indexOf("ok")]);
      });
      test("one past its time is as if it had never been there", async () => {
        await store.putRow(put("a", 1, "e1", { until: 200 }));
        expect([await value("a", 199), await value("a", 200)]).toEqual([1, undefined]);
        expect(await store.tableRows("t", { limit: 9 }, 200)).toEqual([]);
        expect(await store.tables(200)).toEqual([]);
        expect(await store.putRow(put("a", 2, "e2", { now: 200, until: 300, expected: null }))).toBe("ok");
        expect(await store.tableRow("t", "a", 250)).toEqual({ key: "a", value: 2, at: 200, until: 300 });
        await store.putRow(put("b", 3, "e3", { now: 400 }));
        expect((await store.counts()).rows).toBe(1);
      });
      test("are listed in order of their keys, behind one of them", async () => {
        for (const key of ["c", "a", "b", "d"]) await store.putRow(put(key, key, key));
        const keys = async (page: { readonly after?: string; readonly limit: number }) => (await store.tableRows("t", page, 100)).map(({ key }) => key);
        expect([await keys({ limit: 9 }), await keys({ limit: 2 }), await keys({ after: "b", limit: 9 }), await keys({ after: "d", limit: 9 })]).toEqual([["a", "b", "c", "d"], ["a", "b"], ["c", "d"], []]);
      });
      test("outlive the run that put them; what became of its effects does not", async () => {
        await store.commit([item(R, -1, "e0", null, 2, [row(R, "f", "completed")])]);
        await store.putRow(put("a", 1, "e1"));
        await store.prune({ before: Infinity }, 10, 100);
        expect(await value("a")).toBe(1);
        expect(await store.putRow(put("a", 2, "e1", { expected: { value: 1 } }))).toBe("ok");
      });
      test("large values come back as they were put", async () => {
        const large = { text: "ä€😀".repeat(50_000) };
        await store.putRow(put("a", large, "e1"));
        expect(await value("a")).toEqual(large);
        expect(await store.putRow(put("a", 1, "e2", { expected: { value: large } }))).toBe("ok");
      });
    });

    describe("keys that flows make are of any length", () => {
      // Two that no compression makes short, and that differ at their ends alone.
      const long = (end: string): string => `k\0"\u0002😀${createHash("shake256", { outputLength: 6000 }).update("k").digest("base64url")}${end}`;
      const a = long("a");
      const b = long("b");
      test("lanes and locks", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f", null, { lane: a }), lane(a, "join"), { op: "lock.join", lock: a, path: "p" }]), item(S, -1, "e0", null, 1, [lane(a, "join")]), item(T, -1, "e0", null, 1, [lane(b, "join")])]);
        expect([await store.laneHead(a), await store.laneHead(b), (await store.run(R))?.lane]).toEqual([R, T, a]);
        expect([await store.lockHead(a), await store.lockHead(b)]).toEqual([{ lock: a, run: R, path: "p" }, null]);
        await store.commit([item(R, 0, "e1", fence, 1, [lane(a, "leave"), { op: "lock.leave", lock: a, path: "p" }])]);
        expect([await store.laneHead(a), await store.laneHead(b), await store.lockHead(a)]).toEqual([S, T, null]);
      });
      test("waits for messages, and keys that were seen", async () => {
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f"), { op: "waiter.put", topic: "t", key: a, wait: "w" }])]);
        expect(await store.waiters("f", "t", [b, a])).toEqual([{ run: R, wait: "w", key: a }]);
        await store.markSeen("s", [{ key: a, until: 10 }]);
        expect(await store.seen("s", [a, b], 5)).toEqual(new Set([a]));
      });
      test("sums over runs", async () => {
        const [one = "", other = ""] = [a, b].map((key) => JSON.stringify(["f", null, key]));
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f"), { op: "budget.settle", scope: one, call: "c", until: Infinity, tokens: 5, usd: 0 }, { op: "budget.hold", scope: one, call: "d", until: Infinity, tokens: 2, usd: 0 }])]);
        expect([await store.budgets({ scope: one, limit: 9 }), await store.budgets({ scope: other, limit: 9 })]).toMatchObject([[{ tokens: 7 }], []]);
        expect(JSON.parse((await store.budgets({ limit: 9 }))[0]?.scope ?? "")).toMatchObject(["f", null, expect.stringContaining("😀")]);
      });
      test("rows of tables", async () => {
        for (const key of [a, b]) expect(await store.putRow({ table: "t", key, value: key.at(-1) ?? "", effect: `e${key.at(-1)}`, run: R, now: 1, until: null })).toBe("ok");
        expect([await store.tableRow("t", a, 2), await store.tableRow("t", b, 2)]).toMatchObject([{ key: a, value: "a" }, { key: b, value: "b" }]);
        const [first, second] = await store.tableRows("t", { limit: 9 }, 2);
        expect(await store.tableRows("t", { after: first?.key ?? "", limit: 9 }, 2)).toEqual([second]);
      });
    });

    describe("snapshots (I39)", () => {
      const put = (run: string, seq: number, text: string): Promise<void> => store.putSnapshot(run, { seq, text });
      test("come back as they were put; an older one replaces none; they can be taken away", async () => {
        const large = "ä€😀".repeat(50_000);
        await store.commit([item(R, -1, "e0", null, 9, [row(R, "f")]), item(S, -1, "e0", null, 9, [row(S, "f")])]);
        expect(await store.snapshot(R)).toBeNull();
        await put(R, 5, large);
        await put(S, 2, "of another run");
        expect(await store.snapshot(R)).toBe(large);
        await put(R, 3, "older");
        expect(await store.snapshot(R)).toBe(large);
        await put(R, 8, "newer");
        await store.putSnapshot(S, null);
        expect([await store.snapshot(R), await store.snapshot(S)]).toEqual(["newer", null]);
        await store.putSnapshot(S, null);
        await put(S, 1, "again");
        expect(await store.snapshot(S)).toBe("again");
      });
      test("an unknown run has none, and gets none", async () => {
        await put(R, 5, "early");
        await store.putSnapshot(R, null);
        await store.commit([item(R, -1, "e0", null, 1, [row(R, "f")])]);
        expect([await store.snapshot(R), await store.snapshot(S)]).toEqual([null, null]);
      });
      test("they change nothing that a run is: its events, its seq, its fence", async () => {
        const fence = await store.own(3, "a");
        await store.commit([item(R, -1, "e0", null, 3, [row(R, "f")])]);
        await put(R, 99, "ahead of the journal");
        expect(await store.commit([item(R, 2, "e1", fence, 1)])).toEqual(["ok"]);
        expect(await events(store, R)).toHaveLength(4);
      });
      test("they go with their runs", async () => {
        await store.commit([item(R, -1, "e0", null, 2, [row(R, "f", "completed", { admittedAt: 7, finishedAt: 9 })])]);
        await put(R, 1, "kept");
        expect(await store.prune({ before: 10 }, 10, 100)).toBe(1);
        await put(R, 9, "late");
        expect(await store.snapshot(R)).toBeNull();
      });
    });

    describe("bodies of messages", () => {
      test("come back as they were put, once per key, and go after their time with a prune", async () => {
        const large = "ä€😀".repeat(50_000);
        await store.putBody({ key: "t a", body: large, until: 100 });
        await store.putBody({ key: "t b", body: "b", until: 100 });
        await store.putBody({ key: "t b", body: "other", until: 300 });
        await store.putBody({ key: "t b", body: "b", until: 50 });
        expect([await store.body("t a"), await store.body("t b"), await store.body("t c")]).toEqual([large, "b", null]);
        await store.prune({ before: 0 }, 10, 200);
        expect([await store.body("t a"), await store.body("t b")]).toEqual([null, "b"]);
      });
    });

    describe("prune", () => {
      const ended = (run: string, flow: string, status: RunRow["status"], finishedAt: number, index: readonly IndexOp[] = []) => item(run, -1, "e0", null, 2, [row(run, flow, status, { admittedAt: 7, finishedAt }), ...index]);
      test("removes what ended before a time, the first first; flow, state, at most so many", async () => {
        await store.commit([ended(R, "f", "completed", 30), ended(S, "f", "failed", 10), ended(T, "g", "completed", 20), item(OTHER_SHARD, -1, "e0", null, 1, [row(OTHER_SHARD, "f")])]);
        expect(await store.prunable({ before: 31 })).toEqual(expect.arrayContaining([{ flow: "f", state: "completed", runs: 1 }, { flow: "f", state: "failed", runs: 1 }, { flow: "g", state: "completed", runs: 1 }]));
        expect(await store.prunable({ before: 31, flow: "f", state: "failed" })).toEqual([{ flow: "f", state: "failed", runs: 1 }]);
        expect(await store.prune({ before: 10 }, 10, 100)).toBe(0);
        expect(await store.prune({ before: 31, flow: "g", state: "failed" }, 10, 100)).toBe(0);
        expect(await store.prune({ before: 31 }, 2, 100)).toBe(2);
        expect((await store.runs({ limit: 10 })).map(({ run }) => run)).toEqual([OTHER_SHARD, R]);
        expect(await store.prune({ before: Infinity }, 10, 100)).toBe(1);
        expect([await store.run(R), await events(store, R), await store.runsLike(R)]).toEqual([null, [], []]);
        expect(await events(store, OTHER_SHARD)).toHaveLength(1);
        expect(await store.counts()).toMatchObject({ running: 1, ended: 0 });
      });
      test("the id of a run that is gone stays taken, and says when it was admitted", async () => {
        const fence = await store.own(3, "a");
        await store.commit([ended(R, "f", "completed", 30), ended(T, "f", "completed", 30)]);
        expect(await store.admittedAt(R)).toBe(7);
        await store.prune({ before: 31 }, 10, 100);
        expect(await store.admittedAt(R)).toBe(7);
        expect(await store.admittedAt(S)).toBeNull();
        // Of the newest one a store may have more than the mark.
        for (const gone of [R, T]) expect(await store.commit([item(gone, -1, "e0", null, 2), item(gone, 1, "e1", fence, 1)])).toEqual(["conflict", "conflict"]);
        expect(await store.commit([item(S, -1, "s0", null, 1)])).toEqual(["ok"]);
        expect(await events(store, S)).toHaveLength(1);
      });
      test("what was of a run is gone with it: timers, and who waits for messages", async () => {
        await store.commit([ended(R, "f", "failed", 1, [timer("t", 5), { op: "waiter.put", topic: "t", key: "k", wait: "w" }])]);
        expect(await store.prune({ before: 9 }, 10, 100)).toBe(1);
        expect([await store.timers(3, Infinity, 9), await store.waiters("f", "t", ["k"]), await store.openPlans()]).toEqual([[], [], []]);
      });
      test("I17: an id that nobody makes again is free a week later, that of a run with a dedupe key never", async () => {
        // It forgets with its process.
        if (!store.durable) return;
        const deduped = plan("hd", "f");
        await store.putPlan(plan("h", "f"));
        await store.putPlan({ ...deduped, triggers: [{ kind: "topic", topic: "t", group: "f", message: "in", concurrency: 1, with: { data: "literal", value: null }, dedupe: { key: { text: "msg.id", ast: { op: "var", name: "msg", at: [0, 3] } }, ttl: 1 } }] });
        await store.commit([ended(R, "f", "completed", 30), item(S, -1, "e0", null, 2, [row(S, "f", "completed", { hash: "hd", admittedAt: 7, finishedAt: 30 })])]);
        expect(await store.prune({ before: 31 }, 10, 100)).toBe(2);
        await store.prune({ before: 0 }, 10, 100 + week - 1);
        expect([await store.admittedAt(R), await store.admittedAt(S)]).toEqual([7, 7]);
        await store.prune({ before: 0 }, 10, 100 + week);
        expect([await store.admittedAt(R), await store.admittedAt(S)]).toEqual([null, 7]);
      });
      test("what is told to a run that was removed goes a week later, what is told to one that is there stays", async () => {
        await store.own(3, "a");
        await store.commit([ended(R, "f", "failed", 1), item(S, -1, "e0", null, 1, [row(S, "f")])]);
        expect(await store.prune({ before: 9 }, 10, 100)).toBe(1);
        // Neither is a text to PostgreSQL's JSON.
        await store.putInbox({ ...answer("b", R), at: 100, request: { kind: "answer", path: "p", payload: "NUL \0 and half of a pair \ud800" } });
        await store.putInbox({ ...answer("c", S), at: 100 });
        await store.prune({ before: 9 }, 10, 99 + week);
        expect((await store.inbox(3, 9)).map(({ id }) => id)).toEqual(["b", "c"]);
        await store.prune({ before: 9 }, 10, 100 + week);
        expect((await store.inbox(3, 9)).map(({ id }) => id)).toEqual(["c"]);
      });
      test("what has a message to send, or a request, stays until that is done", async () => {
        const fence = await store.own(3, "a");
        await store.commit([ended(R, "f", "failed", 1, [put("m")]), ended(S, "f", "failed", 1), ended(T, "f", "failed", 1)]);
        await store.putInbox({ ...answer("b", S), request: { kind: "reopen" } });
        expect(await store.prunable({ before: 9 })).toEqual([{ flow: "f", state: "failed", runs: 1 }]);
        expect(await store.prune({ before: 9 }, 10, 100)).toBe(1);
        expect((await store.runs({ limit: 9 })).map(({ run }) => run)).toEqual([S, R]);
        await store.published(3, ["m"]);
        await store.commit([item(S, 1, "e1", fence, 1, [{ op: "inbox.delete", id: "b" }, row(S, "f")])]);
        for (let gone = 0; gone === 0; ) gone = await store.prune({ before: 9 }, 10, 100);
        expect((await store.runs({ limit: 9 })).map(({ run }) => run)).toEqual([S]);
      });
    });

    test("ticks: the last one of each schedule", async () => {
      expect(await store.lastTick("f 0 * * * * UTC")).toBeNull();
      expect(await store.beginTicks("f 0 * * * * UTC", 1_600_000_000_000)).toBe(1_600_000_000_000);
      // Another process that begins later takes nothing back.
      expect(await store.beginTicks("f 0 * * * * UTC", 1_650_000_000_000)).toBe(1_600_000_000_000);
      expect(await store.lastTick("f 0 * * * * UTC")).toBe(1_600_000_000_000);
      await store.putTick("f 0 * * * * UTC", 1_700_000_000_000);
      await store.putTick("g 0 * * * * UTC", 5);
      await store.putTick("f 0 * * * * UTC", 1_700_000_060_000);
      expect(await store.lastTick("f 0 * * * * UTC")).toBe(1_700_000_060_000);
      expect(await store.beginTicks("f 0 * * * * UTC", 1_800_000_000_000)).toBe(1_700_000_060_000);
      expect(await store.lastTick("g 0 * * * * UTC")).toBe(5);
    });

    test("dead letters: newest first, once per id", async () => {
      const letter = (id: string, flow: string) => ({ id, flow, at: 1, letter: { raw: "{}", reason: id } });
      await store.putDeadLetters([letter("1", "f"), letter("2", "g")]);
      await store.putDeadLetters([{ ...letter("1", "f"), at: 2 }, letter("3", "f")]);
      expect((await store.deadLetters({ limit: 10 })).map((one) => one.id)).toEqual(["3", "2", "1"]);
      expect(await store.deadLetters({ limit: 1, flow: "g" })).toEqual([letter("2", "g")]);
      expect((await store.deadLetters({ limit: 10, flow: "f" })).map((one) => one.at)).toEqual([1, 1]);
      expect((await store.deadLetters({ limit: 10, before: "3" })).map((one) => one.id)).toEqual(["2", "1"]);
      expect((await store.deadLetters({ limit: 1, before: "3", flow: "f" })).map((one) => one.id)).toEqual(["1"]);
      expect(await store.deadLetters({ limit: 10, before: "1" })).toEqual([]);
      expect((await store.deadLetters({ limit: 10, id: "2" })).map((one) => one.id)).toEqual(["2"]);
      await store.putDeadLetters([letter("30", "f")]);
      expect((await store.deadLetters({ limit: 10, id: "3" })).map((one) => one.id)).toEqual(["30", "3"]);
      await store.deleteDeadLetters(["30"]);
      await store.deleteDeadLetters(["1", "never there"]);
      expect((await store.deadLetters({ limit: 10 })).map((one) => one.id)).toEqual(["3", "2"]);
    });
  });
}

const R = `${shardPrefix(3)}run-r`;
const S = `${shardPrefix(3)}run-s`;
const T = `${shardPrefix(3)}run-t`;
const OTHER_SHARD = `${shardPrefix(4)}run-o`;
if (shardOf(R) !== 3 || shardOf(OTHER_SHARD) !== 4) throw new Error("the ids of this suite are of the wrong shard");

const event = (run: string, seq: number, why: string): RunEvent => ({ type: "timer.set", run, seq, at: 1_000 + seq, path: "p", data: { due: seq, why } });

function item(run: string, expectedSeq: number, entryId: string, fence: Fence | null, count: number, index: readonly IndexOp[] = []): CommitItem {
  return { run, expectedSeq, entryId: `${run}:${entryId}`, fence, index, events: Array.from({ length: count }, (_, at) => event(run, expectedSeq + 1 + at, entryId)) };
}

const message = (id: string): TextMessage => ({ topic: "t", key: null, id, headers: { "flowctl-id": id }, body: `{"id":"${id}"}` });
const put = (id: string): IndexOp => ({ op: "outbox.put", message: message(id) });
const timer = (path: string, due: number): IndexOp => ({ op: "timer.put", path, due });
const lane = (name: string, verb: "join" | "leave"): IndexOp => ({ op: `lane.${verb}`, lane: name });
const row = (run: string, flow: string, status: RunRow["status"] = null, more: Partial<RunRow> = {}): IndexOp => ({
  op: "run.row",
  row: { run, flow, hash: "h", admittedAt: 1, status, waits: [], finishedAt: status === null ? null : 2, lane: null, error: null, ...more },
});
const asking: RunRow["waits"] = [{ kind: "ask", path: "ok", question: "Ship it?" }];
const stuck: RunRow["waits"] = [{ kind: "incident", path: "pay", question: "was it charged?" }];
const answer = (id: string, run: string): InboxRow => ({ id, run, at: 5, by: "ann", request: { kind: "answer", path: "ok", payload: { approved: true } } });
const emptyLayout = { nodes: [], entry: null };
const plan = (hash: string, id: string): FlowPlan => ({
  version: 1, hash, id, release: "0.0.0", class: "J", input: "in", triggers: [], body: { steps: [] },
  graph: { expanded: emptyLayout, fused: emptyLayout },
  topics: {}, models: {}, agents: {}, tools: {}, policies: {}, schemas: {}, code: {}, binding: { models: {}, tools: {}, modules: {}, secrets: [] },
});

async function events(store: Store, run: string, fromSeq = 0): Promise<readonly RunEvent[]> {
  const found: RunEvent[] = [];
  for await (const one of store.read(run, fromSeq)) found.push(one);
  return found;
}
