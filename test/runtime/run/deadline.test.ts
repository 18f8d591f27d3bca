import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { RunEvent } from "../../../src/core/event.js";
import { ended, flow, hangs, ofType, run, start } from "./run-world.js";

const late = `catch: [ { on: [timeout], value: { n: -1 } } ]`;

describe("timeouts", () => {
  test("a read that hangs is abandoned at the step's timeout", async () => {
    const { state } = await run(flow(`- { id: a, tool: r, with: { n: 1 }, timeout: 5s, ${late} }`, "value: \"${steps.a}\""), { tools: { r: hangs } });
    expect(state).toMatchObject({ status: "completed", output: { n: -1 } });
  });

  test("an idempotent write that hangs ends at the step's timeout", async () => {
    let aborted = 0;
    const { state } = await run(flow(`- { id: a, tool: k, with: { n: 1 }, timeout: 5s, ${late} }`, "value: \"${steps.a}\""), {
      tools: { k: ({ signal }) => (signal.addEventListener("abort", () => (aborted += 1)), hangs()) },
    });
    expect(state).toMatchObject({ status: "completed", output: { n: -1 } });
    expect(aborted).toBe(1);
  });

  test("a write whose outcome a timeout hid opens an incident before any catch", async () => {
    const running = start(flow(`- { id: a, tool: w, with: { n: 1 }, timeout: 5s, ${late} }`, "value: \"${steps.a}\""), { tools: { w: hangs } });
    await running.clock.advance(10_000);
    expect(running.waits).toMatchObject([{ kind: "incident", path: "a" }]);
    running.wake("incident.resolved", "a", { action: "resolve", by: "me", output: { n: 7 } });
    expect(await ended(running)).toMatchObject({ status: "completed", output: { n: 7 } });
  });

  test("a step's timeout is over all attempts", async () => {
    const { state, effects } = await run(
      flow(`- { id: a, tool: r, with: { n: 1 }, timeout: 5s, policy: p }`, "policies: { p: { timeout: 2s, retry: { max: 10, backoff: constant, initial: 1s, jitter: none } } }"),
      { tools: { r: hangs } },
    );
    expect(state).toMatchObject({ status: "failed", error: { code: "timeout", step: "a" } });
    expect(effects).toEqual(["r a#1", "r a#2"]);
  });

  test("a block's timeout lets a write in flight end, and records it", async () => {
    const held = Promise.withResolvers<{ n: number }>();
    const running = start(flow(`- id: c\n  loop: { init: 0, max: 1, on_max: stop }\n  timeout: 5s\n  do: [ { id: a, tool: k, with: { n: 1 } }, { id: b, tool: k, with: { n: 2 } } ]\n  value: 1\n  catch: [ { on: [timeout], value: -1 } ]`, "value: \"${steps.c}\""), {
      tools: { k: () => held.promise },
    });
    await running.clock.advance(6_000);
    held.resolve({ n: 9 });
    const state = await ended(running);
    expect(state).toMatchObject({ status: "completed", output: -1 });
    expect(running.effects).toEqual(["k c#0/a#1"]);
    expect(ofType(running.events, "step.completed").map(({ path }) => path)).toContain("c#0/a");
  });

  test("a write without a limit of its own does not hold a cancelled block for ever", async () => {
    const running = start(flow(`- { id: a, tool: k, with: { n: 1 } }`, "timeout: 5s"), { tools: { k: hangs } });
    expect(await ended(running)).toMatchObject({ status: "failed", error: { code: "timeout" } });
  });

  test("a flow's timeout is answered by the flow's own catch", async () => {
    const { state } = await run(flow(`- { id: a, tool: r, with: { n: 1 } }`, "timeout: 5s\noutput: number\ncatch: [ { on: [timeout], value: 3 } ]\nvalue: 1"), { tools: { r: hangs } });
    expect(state).toMatchObject({ status: "completed", output: 3 });
    const told = await run(flow(`- { id: a, tool: r, with: { n: 1 } }`, "timeout: 5s\ncatch: [ { on: [timeout], value: \"${error.code + error.step}\" } ]\nvalue: x"), { tools: { r: hangs } });
    expect(told.state).toMatchObject({ status: "completed", output: "timeout" });
  });

  for (const [ends, more] of [["completes", ", catch: [ { on: any, value: 1 } ]"], ["is cut off", ""]] as const) {
    test(`I9: a composite whose time is over has one end, also where its body ${ends}`, async () => {
      const text = flow(`- id: c\n  loop: { init: 0, max: 1, on_max: stop }\n  timeout: 5s\n  do: [ { id: a, tool: k, with: { n: 1 }${more} } ]\n  value: 1\n  catch: [ { on: [timeout], value: -1 } ]`, "value: \"${steps.c}\"");
      const { state, events } = await run(text, { tools: { k: hangs } });
      expect(state).toMatchObject({ status: "completed", output: -1 });
      expect(events.filter(({ path, type }) => path === "c" && /^step\.(completed|failed|cancelled)$/.test(type)).map(({ type }) => type)).toEqual(["step.failed"]);
    });
  }

  test("a flow's timeout that came before a cancellation stays the reason: a write of its catch is settled by the next process", async () => {
    const text = flow(`- { id: a, tool: r, with: { n: 1 } }`, "timeout: 5s\noutput: number\ncatch: [ { on: [timeout], do: [ { id: w, tool: k, with: { n: 2 } }, { id: x, tool: k, with: { n: 3 } } ], value: 3 } ]\nvalue: 1");
    const before = start(text, { tools: { r: hangs, k: hangs } });
    await before.clock.advance(6_000);
    const { events } = before;
    expect(ofType(events, "step.started").map(({ path }) => path)).toEqual(["w"]);
    const asked: RunEvent = { type: "run.cancel_requested", run: events[0]?.run ?? "", seq: events.length, at: before.clock.now(), data: { by: "somebody" } };
    const again = start(text, { tools: { r: hangs }, past: [...events, asked] });
    expect((await ended(again)).status).toBe("cancelled");
    expect(again.effects).toEqual(["k w#2"]);
  });

  test("a flow's timeout that comes while its own catch waits ends it", async () => {
    const text = flow(`- { id: a, tool: k, with: { n: 1 } }`, `timeout: 5s\noutput: number\ncatch: [ { on: any, do: [ { id: b, wait: 1h } ], value: 3 } ]\nvalue: 1`);
    const { state } = await run(text, { tools: { k: () => Promise.reject(new StepError("nope", "no")) } });
    expect(state).toMatchObject({ status: "failed", error: { code: "timeout" } });
  });

  test("an `ask` gives on_timeout at its timeout", async () => {
    const running = start(flow(`- { id: a, ask: { question: "ok?", output: boolean, timeout: 1h, on_timeout: false } }`, "value: \"${steps.a}\""), {});
    await running.clock.advance(60);
    expect(running.quiescent()).toBe(1);
    expect(await ended(running)).toMatchObject({ status: "completed", output: false });
  });

  test("an `ask` without on_timeout raises timeout", async () => {
    const { state } = await run(flow(`- { id: a, ask: { question: "ok?", output: boolean, timeout: 1h }, catch: [ { on: [timeout], value: false } ] }`, "value: \"${steps.a}\""), {});
    expect(state).toMatchObject({ status: "completed", output: false });
  });

  test("on replay a deadline counts from its first start", async () => {
    const text = flow(`- { id: a, tool: r, with: { n: 1 }, timeout: 10s }`);
    const first = start(text, { tools: { r: hangs } });
    await first.clock.advance(6_000);
    first.drop();
    const second = start(text, { tools: { r: hangs }, past: first.events, clock: first.clock });
    await second.clock.advance(5_000);
    await expect(second.done).resolves.toMatchObject({ status: "failed", error: { code: "timeout" } });
  });

  test("a timeout that was decided is decided on replay too (I8)", async () => {
    const text = flow(`- id: c\n  switch:\n    - else: { timeout: 5s, do: [ { id: a, tool: r, with: { n: 1 } } ], catch: [ { on: [timeout], do: [ { id: b, tool: k, with: { n: 2 } } ] } ] }`, "value: \"${steps.c}\"");
    const first = start(text, { tools: { r: hangs, k: hangs } });
    await first.clock.advance(6_000);
    expect(first.effects).toEqual(["r c/a#1", "k c/b#1"]);
    first.drop();
    const second = await run(text, { past: first.events, clock: first.clock });
    expect(second.effects).toEqual(["k c/b#2"]);
    expect(second.state).toMatchObject({ status: "completed", output: { n: 2 } });
  });

  test("a timed out attempt that a tool answers with an error of its own stays a timeout", async () => {
    const { state } = await run(flow(`- { id: a, tool: r, with: { n: 1 }, timeout: 5s }`), {
      tools: { r: ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new StepError("refused", "stopped")))) },
    });
    expect(state).toMatchObject({ status: "failed", error: { code: "timeout" } });
  });
});
