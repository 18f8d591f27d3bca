import type { EventMap, EventType, RunEvent, Wait } from "../../src/core/event.js";
import type { FlowError } from "../../src/core/errors.js";

const error: FlowError = { code: "refused", message: "no", step: "a/b", attempts: 2, cause: { code: "unknown", message: "" }, data: null };
const wait: Wait = { kind: "ask", path: "ok", until: 9, question: "?", show: [1], to: "ann", default: { a: null }, output: "s" };
const usage = { in: 1, out: 2 };
const undo = { block: "saga/pay", scope: { input: { id: "o1" } }, key: "k", within: ["saga", "fan|1"] };
const source = { topic: "t", partition: 0, offset: "7", key: null, id: "i", timestamp: 1 };

/** Data of each type: with all that may be there, and with as little as possible. */
const SAMPLES: { readonly [T in EventType]: readonly EventMap[T][] } = {
  "run.admitted": [{ flow: "f", hash: "h", input: { a: "ä€😀\u0000" }, source, lane: "l", message: [1], redrive: { of: "r", count: 1 } }, { flow: "f", hash: "h", input: null, source, redrive: { of: "r", count: 3, again: { after: "s", keys: [{ run: "s", paths: ["a/b", "c[1]/d~1.0"] }, { run: "r", paths: ["e"], as: "e^1" }] } } }, { flow: "f", hash: "h", input: null, source: null }, { flow: "f", hash: "h", input: null, source: null, origin: { kind: "schedule", cron: "0 * * * *", zone: "UTC", time: 1 } }, { flow: "f", hash: "h+g@1.0.0", input: 1, source: null, parent: { run: "p", path: "a/b", depth: 2, waits: true, key: "k", keys: "r" } }, { flow: "f", hash: "h", input: null, source: null, origin: { kind: "http", method: "POST", path: "/a/{b}", key: "k" }, message: 1 }],
  "run.started": [{ now: 1.5 }],
  "run.owned": [{ worker: "w", epoch: 3 }],
  "run.parked": [{ waits: [wait] }, { waits: [] }],
  "run.cancel_requested": [{ by: "ann", reason: "" }, { by: "ann" }],
  "run.reopened": [{ path: "a[3]/b#2~1.0", by: "ann" }],
  "run.finished": [{ status: "completed", output: null, usage, usd: 0.25 }, { status: "failed", error, usage, usd: 0 }],
  "step.started": [{ kind: "tool", effect: "write", attempt: 1, inHash: "h", input: { a: 1 }, key: "k", deadline: 5 }, { kind: "map", effect: "pure", attempt: 1, inHash: "" }],
  "step.completed": [{ attempt: 1, inHash: "h", output: false, ms: 0.1 }, { attempt: 2, ms: 0 }, { attempt: 1, ms: 2, undo }],
  "step.failed": [{ attempt: 1, error, outcome: "unknown", retryAt: 7 }, { attempt: 1, error, outcome: "not_applied" }],
  "step.verified": [{ applied: true, output: 0 }, { applied: false }],
  "step.cancelled": [{ reason: "r", outcome: "unknown" }],
  "step.skipped": [{}],
  "code.changed": [{ file: "tools.ts", code: "c0de" }],
  "step.dispatched": [{ child: "c", flow: "g" }, { child: "c", flow: "g", detached: true }],
  "step.decided": [{ what: "join", value: [0, 2] }],
  "steps.computed": [{ items: [{ path: "a", output: "" }, { path: "b", skipped: true }, { path: "c", taken: 0 }] }],
  "loop.advanced": [{ i: 0, carried: { state: { n: 1 }, done: false } }],
  "model.started": [{ attempt: 1, model: "m", reqHash: "h", reserve: { tokens: 10, usd: 0.1 } }, { attempt: 2, model: "m", reqHash: "h", reserve: { tokens: 10, usd: 0.1 }, budget: "[\"f\",null,null]" }],
  "model.completed": [{ answer: "text", usage, usd: 0.01, finish: "stop" }],
  "model.failed": [{ error, usage, usd: 0, unknown: true, retryAt: 3 }, { error }],
  "message.emitted": [{ index: 0, topic: "t", key: null, id: "i", payload: { a: [] } }, { index: 1, topic: "t", key: "", id: "i", payload: null }, { index: 0, topic: "t", key: null, id: "i", payload: 1, undo }],
  "timer.set": [{ due: 1, why: "retry" }],
  "timer.fired": [{}],
  "wait.opened": [wait, { kind: "signal", path: "p", signal: "go", output: "s" }, { kind: "message", path: "p", topic: "t", key: "k", signal: "message p=k" }, { kind: "timer", path: "p" }, { kind: "child", path: "p", run: "c", signal: "end of p" }, { kind: "lock", path: "p!lock", lock: "a" }],
  "signal.received": [{ id: "i", name: "n", from: "ann", payload: true }],
  "incident.opened": [{ kind: "unknown", message: "m" }],
  "saga.compensating": [{ cause: error }, { cause: { code: "cancelled", message: "" }, cancelled: true }],
  "saga.finished": [{ status: "compensated" }],
  "compensation.started": [{ of: "a/b", key: "k", attempt: 1 }],
  "compensation.completed": [{ of: "a/b" }],
  "compensation.failed": [{ of: "a/b", error, retryAt: 4 }, { of: "a/b", error }],
  "incident.resolved": [{ action: "resolve", by: "ann", output: { a: 1 } }, { action: "skip", by: "ann" }],
};

/** One run's events of all types, with and without a path. */
export const sampleEvents = (run: string): readonly RunEvent[] =>
  Object.entries(SAMPLES)
    .flatMap(([type, list]) => list.map((data) => ({ type, data })))
    .map(({ type, data }, seq) => {
      const event = { type, run, seq, at: 1_795_248_002_958 + seq * 3, ...(seq % 2 === 0 ? { path: `a[${seq}]/b` } : {}), data };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- SAMPLES pairs each type with its data
      return event as unknown as RunEvent;
    });
