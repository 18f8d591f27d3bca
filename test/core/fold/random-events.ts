import fc from "fast-check";
import type { EventMap, EventType, RunEvent } from "../../../src/core/event.js";

const PATHS = ["a", "b", "a/c", "m", "m[0]", "m[1]/x", "m[10]/x", "m[2]/x", "l#0/y", "l#1/y", "t", "t~1", "t~1.0", "t~1.1", "t~2", "w!undo", "!catch/z", "a/!catch/z", "r^1", "", "/", "[0]", "//x"] as const;
const error = fc.record({ code: fc.constantFrom("timeout", "x"), message: fc.string() });
const usage = fc.record({ in: fc.nat(500), out: fc.nat(500) });
const attempt = fc.integer({ min: 1, max: 4 });
const path = fc.constantFrom(...PATHS);
const json = fc.jsonValue();
const wait = fc.record({ kind: fc.constantFrom("ask" as const, "timer" as const, "incident" as const, "signal" as const), path });
const empty = fc.constant({});
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const EVERY = {
  "run.admitted": fc.record({ flow: fc.constant("f"), hash: fc.constant("h"), input: json, source: fc.constant(null) }),
  "run.started": fc.record({ now: fc.nat() }),
  "run.owned": fc.record({ worker: fc.string(), epoch: fc.nat() }),
  "run.parked": fc.record({ waits: fc.array(wait, { maxLength: 2 }) }),
  "run.cancel_requested": fc.record({ by: fc.string() }),
  "run.reopened": fc.record({ path, by: fc.string() }),
  "run.finished": fc.record({ status: fc.constantFrom("completed", "failed", "cancelled"), usage, usd: fc.constant(0.5), error: maybe(error) }),
  "step.started": fc.record({ kind: fc.constantFrom("tool", "agent", "map"), effect: fc.constant("write"), attempt, inHash: fc.constant(""), input: maybe(json) }),
  "step.completed": fc.record({ attempt, ms: fc.nat(1000), output: maybe(json) }),
  "step.failed": fc.record({ attempt, error, outcome: fc.constantFrom("not_applied", "unknown"), retryAt: maybe(fc.nat()) }),
  "step.verified": fc.record({ applied: fc.boolean() }),
  "step.cancelled": fc.record({ reason: fc.string(), outcome: fc.constant("not_applied") }),
  "step.skipped": empty,
  "code.changed": fc.record({ file: fc.constantFrom("a.ts", "b.ts"), code: fc.constantFrom("c1", "c2") }),
  "step.decided": fc.record({ what: fc.string(), value: json }),
  "steps.computed": fc.record({ items: fc.array(fc.record({ path, output: maybe(json), taken: maybe(fc.nat(3)) }), { maxLength: 3 }) }),
  "step.dispatched": fc.record({ child: fc.string(), flow: fc.string(), detached: maybe(fc.constant(true)) }),
  "loop.advanced": fc.record({ i: fc.nat(9), carried: fc.record({ state: json, done: fc.boolean() }) }),
  "model.started": fc.record({ attempt, model: fc.constant("small"), reqHash: fc.constant(""), reserve: fc.constant({ tokens: 1, usd: 0 }) }),
  "model.completed": fc.record({ answer: json, usage, usd: fc.constant(0.25), finish: fc.constant("stop") }),
  "model.failed": fc.record({ error, usage: maybe(usage), usd: maybe(fc.constant(0.25)), retryAt: maybe(fc.nat()) }),
  "message.emitted": fc.record({ index: fc.nat(3), topic: fc.constant("out"), key: fc.constant(null), id: fc.string(), payload: json }),
  "timer.set": fc.record({ due: fc.nat(), why: fc.string() }),
  "timer.fired": empty,
  "wait.opened": wait,
  "signal.received": fc.record({ id: fc.string(), name: fc.string(), from: fc.string(), payload: json }),
  "saga.compensating": fc.record({ cause: error, cancelled: maybe(fc.constant(true)) }),
  "saga.finished": fc.record({ status: fc.constantFrom("completed", "compensated") }),
  "compensation.started": fc.record({ of: path, key: fc.string(), attempt }),
  "compensation.completed": fc.record({ of: path }),
  "compensation.failed": fc.record({ of: path, error, retryAt: maybe(fc.nat()) }),
  "incident.opened": fc.record({ kind: fc.string(), message: fc.string() }),
  "incident.resolved": fc.record({ action: fc.constantFrom("retry", "skip", "resolve"), by: fc.string() }),
} satisfies { readonly [T in EventType]: fc.Arbitrary<unknown> };
const DATA: Readonly<Record<string, fc.Arbitrary<unknown>>> = EVERY;

/** Any events of one run in any order, with dense seqs and a clock that never goes back: no runtime need have made them. */
export const randomEvents = (maxLength: number): fc.Arbitrary<readonly RunEvent[]> =>
  fc
    .array(
      fc.constantFrom(...Object.keys(DATA)).chain((type) => fc.record({ type: fc.constant(type), data: DATA[type] ?? empty, path: maybe(path), gap: fc.nat(50) })),
      { maxLength },
    )
    .map((drawn) => {
      let at = 1_000_000;
      return drawn.map(({ type, data, path, gap }, seq) => {
        at += gap;
        return read({ type, run: "r", data, seq, at, path });
      });
    });

/** An event of the run `r`, unless another is named. */
export const event = <T extends EventType>(more: { readonly type: T; readonly data: EventMap[T]; readonly seq: number; readonly at: number; readonly path?: string; readonly run?: string }): RunEvent => read({ run: "r", ...more });

/** As a journal gives it: JSON. */
const read = (event: object): RunEvent => JSON.parse(JSON.stringify(event));
