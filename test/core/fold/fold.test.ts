import fc from "fast-check";
import { expect, test } from "vitest";
import { filterLines } from "../../../src/core/fold/filter-lines.js";
import { foldRun } from "../../../src/core/fold/fold-run.js";
import { parentOf } from "../../../src/core/fold/parent-path.js";
import { foldLine, lineOfView, type RunLine } from "../../../src/core/fold/run-line.js";
import { emptyRun } from "../../../src/core/fold/run-view.js";
import { stepRows } from "../../../src/core/fold/step-rows.js";
import { asOf, emptyTimeline, extend } from "../../../src/core/fold/timeline.js";
import { foldTokens } from "../../../src/core/fold/tokens.js";
import { event, randomEvents } from "./random-events.js";

test("folding any events in one go is folding them in pieces, with overlaps", () => {
  fc.assert(
    fc.property(randomEvents(60), fc.array(fc.nat(60), { maxLength: 5 }), (events, cuts) => {
      const whole = foldRun(emptyRun("r"), events);
      let pieces = emptyRun("r");
      for (const cut of [...cuts.toSorted((a, b) => a - b), events.length]) pieces = foldRun(pieces, events.slice(0, cut));
      expect(pieces).toEqual(whole);
      expect([...whole.steps.values()].every(({ startedAt, endedAt }) => endedAt === null || endedAt >= startedAt)).toBe(true);
    }),
  );
});

test("a fold of a piece leaves the view before it as it was", () => {
  fc.assert(
    fc.property(randomEvents(40), fc.nat(40), (events, cut) => {
      const before = foldRun(emptyRun("r"), events.slice(0, cut));
      const copy = structuredClone(before);
      foldRun(before, events);
      expect(before).toEqual(copy);
    }),
  );
});

test("every path of any events stands in the tree once, below its parent", () => {
  fc.assert(
    fc.property(randomEvents(60), (events) => {
      const view = foldRun(emptyRun("r"), events);
      const rows = stepRows(view);
      const paths = rows.map(({ path }) => path);
      expect(new Set(paths).size).toBe(paths.length);
      for (const path of view.steps.keys()) if (path !== "") expect(paths).toContain(path);
      for (const [index, row] of rows.entries()) {
        const parent = parentOf(row.path);
        if (parent === "") expect(row.depth).toBe(0);
        else expect(rows.slice(0, index).findLast(({ depth }) => depth === row.depth - 1)?.path).toBe(parent);
      }
    }),
  );
});

test("as of any event: the fold of what came up to it", () => {
  fc.assert(
    fc.property(randomEvents(50), fc.nat(1000), fc.nat(30), (few, at, cut) => {
      const many = Array.from({ length: Math.ceil(1200 / Math.max(few.length, 1)) }, () => few).flat().map((one, seq) => ({ ...one, seq }));
      const timeline = extend(extend(emptyTimeline("r"), many.slice(0, cut)), many);
      const seq = many.length === 0 ? -1 : at % many.length;
      expect(asOf(timeline, seq)).toEqual(foldRun(emptyRun("r"), many.slice(0, seq + 1)));
      expect(timeline.last).toEqual(foldRun(emptyRun("r"), many));
    }),
    { numRuns: 30 },
  );
});

test("a timeline does not go on behind a gap", () => {
  const started = (seq: number) => event({ type: "run.started", data: { now: 1 }, seq, at: seq });
  const timeline = extend(emptyTimeline("r"), [started(0), started(1), started(3)]);
  expect(timeline.last.seq).toBe(1);
  expect(extend(timeline, [started(1), started(2), started(3)]).last.seq).toBe(3);
});

test("a line of a list says what the whole run says", () => {
  fc.assert(
    fc.property(randomEvents(40), (rest) => {
      const admitted = event({ type: "run.admitted", data: { flow: "f", hash: "h", input: null, source: null }, seq: 0, at: 5 });
      const events = [admitted, ...rest.filter(({ type }) => type !== "run.admitted")].map((one, seq) => ({ ...one, seq }));
      const line = events.reduce<RunLine | undefined>(foldLine, undefined);
      const view = lineOfView(foldRun(emptyRun("r"), events));
      expect(line).toMatchObject({ flow: view.flow, state: view.state, error: view.error, finishedAt: view.finishedAt, seq: view.seq });
      expect(line?.spent?.tokens).toBe(view.spent?.tokens);
    }),
  );
});

test("reads and asks that no event begins are as long as their end says", () => {
  const view = foldRun(emptyRun("r"), [event({ type: "step.completed", data: { attempt: 1, ms: 40, output: 1 }, seq: 0, at: 1000, path: "found" })]);
  expect(view.steps.get("found")).toMatchObject({ startedAt: 960, endedAt: 1000, status: "completed", output: 1 });
});

test("attempts, their errors and when the next begins; the wait for it is no failure", () => {
  const error = { code: "timeout", message: "too late" };
  const started = (attempt: number, seq: number, at: number) => event({ type: "step.started", data: { kind: "tool", effect: "write", attempt, inHash: "", key: "k" }, seq, at, path: "pay" });
  const events = [started(1, 0, 100), event({ type: "step.failed", data: { attempt: 1, error, outcome: "not_applied", retryAt: 500 }, seq: 1, at: 200, path: "pay" })];
  const waiting = foldRun(emptyRun("r"), events);
  expect(waiting.steps.get("pay")).toMatchObject({ status: "retrying", endedAt: null, attempts: [{ number: 1, startedAt: 100, endedAt: 200, error, retryAt: 500 }] });
  const done = foldRun(waiting, [started(2, 2, 500), event({ type: "step.completed", data: { attempt: 2, ms: 100 }, seq: 3, at: 600, path: "pay" })]);
  expect(done.steps.get("pay")).toMatchObject({ status: "completed", startedAt: 100, endedAt: 600, error: null, key: "k", attempts: [{ number: 1 }, { number: 2, startedAt: 500, endedAt: 600, error: null }] });
});

test("an agent's calls stand below it, named by model and tool", () => {
  const view = foldRun(emptyRun("r"), [
    event({ type: "step.started", data: { kind: "agent", effect: "model", attempt: 1, inHash: "" }, seq: 0, at: 1, path: "triage" }),
    event({ type: "model.started", data: { attempt: 1, model: "large", reqHash: "", reserve: { tokens: 9, usd: 0 } }, seq: 1, at: 2, path: "triage~1" }),
    event({ type: "model.completed", data: { answer: { text: "", toolCalls: [{ id: "x", name: "search", args: { q: "a" } }] }, usage: { in: 5, out: 2 }, usd: 0.25, finish: "tools" }, seq: 2, at: 3, path: "triage~1" }),
    event({ type: "step.completed", data: { attempt: 1, ms: 1, output: [] }, seq: 3, at: 5, path: "triage~1.0" }),
  ]);
  expect(stepRows(view).map(({ depth, label }) => `${"  ".repeat(depth)}${label}`)).toEqual(["triage", "  ~1 large", "    .0 search"]);
  expect(view).toMatchObject({ usage: { in: 5, out: 2 }, usd: 0.25 });
  expect(stepRows(view, new Set(["triage"])).map(({ label }) => label)).toEqual(["triage"]);
});

test("a wait is open until it is answered; a reopened run and what stands around its step go on, beside the failure (I6)", () => {
  const ask = { kind: "ask", path: "a/ok", question: "Publish?" } as const;
  const parked = foldRun(emptyRun("r"), [
    event({ type: "step.started", data: { kind: "switch", effect: "pure", attempt: 1, inHash: "" }, seq: 0, at: 1, path: "a" }),
    event({ type: "wait.opened", data: ask, seq: 1, at: 2, path: "a/ok" }),
    event({ type: "run.parked", data: { waits: [ask] }, seq: 2, at: 3 }),
  ]);
  expect([parked.state, [...parked.waits.keys()]]).toEqual(["parked", ["a/ok"]]);
  const error = { code: "denied", message: "no" };
  const failed = foldRun(parked, [
    event({ type: "signal.received", data: { id: "1", name: "denied", from: "eva", payload: null }, seq: 3, at: 4, path: "a/ok" }),
    event({ type: "step.failed", data: { attempt: 1, error, outcome: "not_applied" }, seq: 4, at: 5, path: "a/ok" }),
    event({ type: "step.failed", data: { attempt: 1, error, outcome: "not_applied" }, seq: 5, at: 5, path: "a" }),
    event({ type: "run.finished", data: { status: "failed", error, usage: { in: 0, out: 0 }, usd: 0 }, seq: 6, at: 6 }),
  ]);
  expect([failed.state, failed.waits.size, failed.steps.get("a")?.status]).toEqual(["failed", 0, "failed"]);
  // As the runtime appends it: it is an event of the run.
  const reopened = foldRun(failed, [event({ type: "run.reopened", data: { path: "a/ok", by: "eva" }, seq: 7, at: 7 })]);
  expect([reopened.state, reopened.error, reopened.steps.get("a")?.status, reopened.steps.get("a")?.endedAt]).toEqual(["running", null, "running", null]);
  expect(reopened.steps.get("a/ok")).toMatchObject({ status: "failed", endedAt: 5, notes: [expect.anything(), { at: 7, text: "reopened by eva" }] });
  const again = foldRun(reopened, [
    event({ type: "step.failed", data: { attempt: 1, error, outcome: "not_applied" }, seq: 8, at: 8, path: "a/ok^1" }),
    event({ type: "step.failed", data: { attempt: 1, error, outcome: "not_applied" }, seq: 9, at: 8, path: "a" }),
    event({ type: "run.finished", data: { status: "failed", error, usage: { in: 0, out: 0 }, usd: 0 }, seq: 10, at: 8 }),
    event({ type: "run.reopened", data: { path: "a/ok^1", by: "eva" }, seq: 11, at: 9 }),
    event({ type: "step.completed", data: { attempt: 1, ms: 1 }, seq: 12, at: 10, path: "a/ok^2" }),
  ]);
  expect(stepRows(again).map(({ path, status }) => [path, status])).toEqual([["a", "running"], ["a/ok", "failed"], ["a/ok^1", "failed"], ["a/ok^2", "completed"]]);
});

test("a new attempt streams anew", () => {
  const token = (attempt: number, text: string) => ({ run: "r", path: "a~1", attempt, text });
  expect(foldTokens(foldTokens(new Map(), [token(1, "He"), token(1, "llo")]), []).get("a~1")).toEqual({ attempt: 1, text: "Hello", pieces: 2 });
  expect(foldTokens(new Map(), [token(1, "He"), token(2, "Ho")]).get("a~1")?.text).toBe("Ho");
});

test("lines are searched by words and by state, newest first", () => {
  const line = (run: string, more: Partial<RunLine>): RunLine => ({ run, flow: "f", state: "running", step: null, waits: [], admittedAt: 0, finishedAt: null, error: null, seq: 0, spent: null, ...more });
  const lines = [line("aa", { flow: "billing", admittedAt: 1 }), line("bb", { flow: "billing", state: "failed", error: { code: "timeout", message: "x" }, admittedAt: 2 }), line("cc", { waits: [{ kind: "ask", path: "p", question: "Publish it?" }] })];
  const found = (text: string, state: RunLine["state"] | null = null) => filterLines(lines, { text, state }).map(({ run }) => run);
  expect([found(""), found("BILL"), found("bill timeout"), found("publish"), found("", "failed")]).toEqual([["bb", "aa", "cc"], ["bb", "aa"], ["bb"], ["cc"], ["bb"]]);
});

test("20,000 steps: any event is reached from a snapshot, and snapshots together hold no more than the events", () => {
  const events = Array.from({ length: 20_000 }, (_, seq) => event({ type: "step.started", data: { kind: "tool", effect: "write", attempt: 1, inHash: "" }, seq, at: seq, path: `m[${seq}]/x` }));
  const timeline = extend(emptyTimeline("r"), events);
  expect(asOf(timeline, 7_777).steps.size).toBe(7_778);
  expect(timeline.snapshots.reduce((sum, { view }) => sum + view.steps.size, 0)).toBeLessThan(2 * events.length);
});

test("10,000 events of few steps: any of them is reached by folding a few hundred", () => {
  const events = Array.from({ length: 10_000 }, (_, seq) => event({ type: "step.started", data: { kind: "tool", effect: "write", attempt: seq, inHash: "" }, seq, at: seq, path: `s[${seq % 9}]` }));
  expect(extend(emptyTimeline("r"), events).snapshots.length).toBe(41);
});
