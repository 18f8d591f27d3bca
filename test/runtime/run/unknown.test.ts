import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";
import { idempotencyKey } from "../../../src/runtime/run/idempotency-key.js";
import { ended, flow, hangs, ofType, RUN, run, start, type Running, type ToolFake } from "./run-world.js";

const hidden = (code = "timeout") => new StepError(code, "gone", { outcome: "unknown" });
const RETRY = "policies: { p: { retry: { max: 3, backoff: constant, initial: 1s, jitter: none } } }";
const one = (tool: string, more = ""): string => flow(`- { id: a, tool: ${tool}, with: { n: 1 }${more} }`, `${RETRY}\nvalue: "\${steps.a}"`);

/** Throws what it is given one after the other, then answers. */
const then = (...turns: readonly (StepError | Error | Json)[]): ToolFake => {
  let at = 0;
  return ({ input }) => {
    const turn = turns[at];
    at += 1;
    if (turn instanceof Error) throw turn;
    return turn ?? input;
  };
};

describe("a write whose outcome is unknown (I20)", () => {
  test("is repeated under one key where the tool is idempotent", async () => {
    const { state, effects, keys } = await run(one("k", ", policy: p"), { tools: { k: then(hidden(), hidden()) } });
    expect(state).toMatchObject({ status: "completed", output: { n: 1 } });
    expect(effects).toEqual(["k a#1", "k a#2", "k a#3"]);
    expect(new Set(keys)).toEqual(new Set([idempotencyKey(RUN, "a")]));
  });

  test("raises its code after the policy's last attempt, and says that it is unknown", async () => {
    const { state, events } = await run(one("k", ", policy: p"), { tools: { k: then(hidden(), hidden(), hidden()) } });
    expect(state).toMatchObject({ status: "failed", error: { code: "timeout", attempts: 3, step: "a" } });
    expect(ofType(events, "step.failed").at(-1)?.data).toMatchObject({ outcome: "unknown" });
  });

  test("stays in doubt when a later attempt is refused before it is sent", async () => {
    const { events } = await run(one("k", ", policy: p"), { tools: { k: then(hidden(), new StepError("unavailable", "no connection"), new StepError("unavailable", "no connection")) } });
    expect(ofType(events, "step.failed").map(({ data }) => data.outcome)).toEqual(["unknown", "unknown", "unknown"]);
  });

  for (const [action, output, expected, effects] of [
    ["resolve", { n: 9 }, { n: 9 }, 1],
    ["retry", undefined, { n: 1 }, 2],
  ] as const) {
    test(`is an incident where the tool is not idempotent, which an operator ends by ${action}`, async () => {
      const running = start(one("w"), { tools: { w: then(hidden()) } });
      await running.clock.advance(1);
      expect(running.waits).toMatchObject([{ kind: "incident", path: "a" }]);
      expect(running.quiescent()).toBe(1);
      running.wake("incident.resolved", "a", { action, by: "me", ...(output === undefined ? {} : { output }) });
      expect(await ended(running)).toMatchObject({ status: "completed", output: expected });
      expect(running.effects).toHaveLength(effects);
    });

    test(`and is ended so too when the run was dropped meanwhile: ${action}`, async () => {
      const first = start(one("w"), { tools: { w: then(hidden()) } });
      await first.clock.advance(1);
      first.drop();
      const parked = start(one("w"), { past: first.events });
      await parked.clock.advance(1);
      expect(ofType(parked.events, "incident.opened")).toHaveLength(1);
      parked.wake("incident.resolved", "a", { action, by: "me", ...(output === undefined ? {} : { output }) });
      parked.drop();
      const past = parked.events.slice(0, parked.events.findIndex(({ type }) => type === "incident.resolved") + 1);
      const again = await run(one("w"), { past });
      expect(again.state).toMatchObject({ status: "completed", output: expected });
      expect(again.effects).toHaveLength(effects - 1);
    });
  }

  test("a skipped incident leaves the step out", async () => {
    const running = start(flow(`- { id: a, tool: w, with: { n: 1 } }\n- { id: b, set: 2 }`, "value: \"${steps.b}\""), { tools: { w: then(hidden()) } });
    await running.clock.advance(1);
    running.wake("incident.resolved", "a", { action: "skip", by: "me" });
    expect(await ended(running)).toMatchObject({ status: "completed", output: 2 });
    expect(ofType(running.events, "step.skipped")).toMatchObject([{ path: "a" }]);
  });

  test("a second unknown outcome after a retry is a second incident", async () => {
    const running = start(one("w"), { tools: { w: then(hidden(), hidden()) } });
    await running.clock.advance(1);
    running.wake("incident.resolved", "a", { action: "retry", by: "me" });
    await running.clock.advance(1);
    expect(ofType(running.events, "incident.opened")).toHaveLength(2);
    running.wake("incident.resolved", "a", { action: "resolve", by: "me", output: { n: 3 } });
    expect(await ended(running)).toMatchObject({ output: { n: 3 } });
  });

  test("a retry is for one attempt: when the next one is in doubt too, and the run was dropped meanwhile, the operator is asked again (I21)", async () => {
    const first = start(one("w"), { tools: { w: then(hidden(), hidden()) } });
    await first.clock.advance(1);
    first.wake("incident.resolved", "a", { action: "retry", by: "me" });
    await first.clock.advance(1);
    first.drop();
    const asked = first.events.findLastIndex(({ type }) => type === "incident.opened");
    // Dropped while it waits for the second answer, behind the second failure, and while the second attempt was under way.
    for (const end of [asked + 1, asked, asked - 1]) {
      const again = start(one("w"), { past: first.events.slice(0, end) });
      await again.clock.advance(1);
      expect(again.effects).toEqual([]);
      expect(again.waits).toMatchObject([{ kind: "incident", path: "a" }]);
    }
  });

  test("an incident is of one attempt: where later ones of a cancelled run leave it in doubt too, there is another that can be ended", async () => {
    const text = one("k", ", policy: p, on_unknown: fail, timeout: 20s");
    const first = start(text, { tools: { k: hangs } });
    await first.clock.advance(21_000);
    expect(first.waits).toMatchObject([{ kind: "incident", path: "a" }]);
    first.drop();
    const past = [...first.events, { type: "run.cancel_requested", run: RUN, seq: first.events.length, at: first.clock.now(), data: { by: "me" } } as const];
    const again = start(text, { past, clock: first.clock, tools: { k: then(hidden(), hidden()) } });
    await again.clock.advance(5_000);
    expect(ofType(again.events, "incident.opened").map(({ data }) => data.message)).toEqual([1, 3].map((attempt) => `whether \`k\` was applied is unknown after attempt ${attempt}`));
    again.wake("incident.resolved", "a", { action: "resolve", by: "me", output: { n: 9 } });
    expect((await ended(again)).status).toBe("completed");
  });

  test("also where a breaker refused the last attempt: after a restart the operator's answer stands", async () => {
    const text = flow("- { id: a, tool: k, with: { n: 1 }, policy: b, on_unknown: fail }", 'policies: { b: { retry: { max: 3, backoff: constant, initial: 1s, jitter: none }, breaker: { failures: 2, reset: 1m } } }\nvalue: "${steps.a}"');
    const first = start(text, { tools: { k: then(hidden(), hidden()) } });
    await first.clock.advance(5_000);
    expect(first.effects).toEqual(["k a#1", "k a#2"]);
    first.drop();
    const again = start(text, { past: first.events, clock: first.clock });
    await again.clock.advance(1);
    again.wake("incident.resolved", "a", { action: "resolve", by: "me", output: { n: 9 } });
    again.drop();
    expect(await ended(start(text, { past: again.events, clock: first.clock }))).toMatchObject({ status: "completed", output: { n: 9 } });
    expect(ofType(again.events, "incident.opened")).toHaveLength(1);
  });

  test("what an adapter throws untyped is unknown for a write, unavailable for a read", async () => {
    const write = await run(one("k"), { tools: { k: then(new TypeError("x is undefined")) } });
    expect(write.state).toMatchObject({ error: { code: "unknown", message: "x is undefined" } });
    const read = await run(one("r"), { tools: { r: then(new TypeError("x is undefined")) } });
    expect(read.state).toMatchObject({ error: { code: "unavailable", message: "x is undefined" } });
  });

  test("a write whose answer breaks its schema has happened: it is not tried again", async () => {
    const { state, effects } = await run(one("k", ", policy: p"), { tools: { k: () => ({ wrong: true }) } });
    expect(state).toMatchObject({ error: { code: "invalid_output" } });
    expect(effects).toHaveLength(1);
  });

  test("a write that was refused is tried again without doubt, and on replay too (I21)", async () => {
    const text = one("w", ", policy: p");
    const first = start(text, { tools: { w: then(new StepError("rate_limit", "slow down", { retryAfterMs: 3_000 })) } });
    await first.clock.advance(2_500);
    first.drop();
    expect(first.effects).toEqual(["w a#1"]);
    const second = start(text, { past: first.events, clock: first.clock });
    await second.clock.advance(400);
    expect(second.effects).toEqual([]);
    expect(await ended(second)).toMatchObject({ status: "completed" });
    expect(second.effects).toEqual(["w a#2"]);
    expect(second.waits).toEqual([]);
  });

  test("past the window of its key an attempt is no longer safe", async () => {
    const tools = `tools: { v: { http: { method: POST, url: "https://x.example" }, input: { fields: { n: number } }, output: { fields: { n: number } }, idempotency: { header: Idempotency-Key, window: 10s } } }\npolicies: { p: { retry: { max: 3, backoff: constant, initial: 20s, jitter: none } } }`;
    const running = start(flow("- { id: a, tool: v, with: { n: 1 }, policy: p }", tools), { tools: { v: then(hidden()) } });
    await running.clock.advance(60_000);
    // The first may have happened, and by the time of the second nobody knows its key any more.
    expect(running.effects).toEqual(["v a#1"]);
    expect(running.waits.at(-1)).toMatchObject({ kind: "incident" });
    running.wake("incident.resolved", "a", { action: "retry", by: "me" });
    await running.clock.advance(1_000);
    expect(running.effects).toEqual(["v a#1", "v a#2"]);
  });

  test.each([
    ["a place", "concurrency: 1", 20_000],
    ["a rate", "rate: { max: 1, window: 4s }", 0],
  ])("nor is one whose turn comes only past that window (%s)", async (_, limit, holdsMs) => {
    const tools = `tools: { v: { http: { method: POST, url: "https://x.example" }, input: { fields: { n: number } }, output: { fields: { n: number } }, idempotency: { header: Idempotency-Key, window: 3s } } }\npolicies: { p: { retry: { max: 3, backoff: constant, initial: 1s, jitter: none }, ${limit} } }`;
    const branch = (id: string): string => `{ do: [ { id: ${id}, tool: v, with: { n: 1 }, policy: p } ] }`;
    const running: Running = start(flow(`- parallel: { join: settled }\n  branches: { x: ${branch("a")}, y: ${branch("b")} }`, tools), {
      tools: {
        v: ({ input, run }) => {
          if (run.path.endsWith("a")) throw hidden();
          return new Promise((resolve) => void running.clock.after(holdsMs, () => resolve(input)));
        },
      },
    });
    await running.clock.advance(60_000);
    expect(running.effects).toEqual(["v parallel1/a#1", "v parallel1/b#1"]);
    expect(running.waits.at(-1)).toMatchObject({ kind: "incident" });
  });

  test("I7: a recorded result of another input is an incident, and nothing is called", async () => {
    const text = (n: number) => flow(`- { id: a, tool: k, with: { n: ${n} } }`);
    const first = await run(text(1));
    const again = start(text(2), { past: first.events });
    await again.clock.advance(1);
    expect(ofType(again.events, "incident.opened")).toMatchObject([{ path: "a", data: { kind: "nondeterminism" } }]);
    expect(again.effects).toEqual([]);
  });

  test("I7: a write that was under way with another input is an incident, and not sent under its key again", async () => {
    const text = (n: number) => flow(`- { id: a, tool: k, with: { n: ${n} } }`);
    const first = start(text(1), { tools: { k: () => new Promise(() => undefined) } });
    await first.clock.advance(1);
    expect(first.effects).toEqual(["k a#1"]);
    first.drop();
    const again = start(text(2), { past: first.events });
    await again.clock.advance(1);
    expect(ofType(again.events, "incident.opened")).toMatchObject([{ path: "a", data: { kind: "nondeterminism" } }]);
    expect(again.effects).toEqual([]);
  });
});

describe("long delays", () => {
  test("park the run, and go on by the timer", async () => {
    const slow = new StepError("rate_limit", "slow down", { retryAfterMs: 60_000 });
    const running = start(one("k", ", policy: p"), { tools: { k: then(slow) } });
    await running.clock.advance(1_000);
    expect(running.waits).toMatchObject([{ kind: "timer", path: "a" }]);
    expect(running.quiescent()).toBe(1);
    running.drop();
    const again = start(one("k", ", policy: p"), { past: running.events, clock: running.clock });
    await again.clock.advance(58_000);
    expect(again.effects).toEqual([]);
    expect(await ended(again)).toMatchObject({ status: "completed" });
    expect(again.effects).toEqual(["k a#2"]);
  });
});
