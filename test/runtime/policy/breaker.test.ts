import { describe, expect, test } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import { makeBreaker } from "../../../src/runtime/policy/breaker.js";
import { makeSemaphore } from "../../../src/runtime/policy/semaphore.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { flow, ofType, run, start, ended } from "../run/run-world.js";

describe("breaker", () => {
  test("opens after failures in a row, lets one probe through after its time, and closes by it", async () => {
    const clock = virtualClock();
    const breaker = makeBreaker("x", { failures: 2, reset: 1_000 }, clock);
    breaker.fail();
    breaker.succeed();
    breaker.fail();
    expect(breaker.enter()).toBeNull();
    breaker.fail();
    expect(breaker.enter()).toMatchObject({ code: "unavailable", outcome: "not_applied", retryAfterMs: 1_000 });
    await clock.advance(1_000);
    expect(breaker.enter()).toBeNull();
    expect(breaker.enter()).toMatchObject({ code: "unavailable" });
    breaker.succeed();
    expect(breaker.enter()).toBeNull();
  });

  test("a failed probe opens it again; an abandoned one lets another try", async () => {
    const clock = virtualClock();
    const breaker = makeBreaker("x", { failures: 1, reset: 1_000 }, clock);
    breaker.fail();
    await clock.advance(1_000);
    expect(breaker.enter()).toBeNull();
    breaker.abandon();
    expect(breaker.enter()).toBeNull();
    breaker.fail();
    expect(breaker.enter()).not.toBeNull();
    await clock.advance(999);
    expect(breaker.enter()).not.toBeNull();
  });

  const text = flow("- { id: a, tool: r, with: { n: 1 }, policy: p }", "policies: { p: { breaker: { failures: 2, reset: 30s } } }");

  test("is shared by the runs of a process; being refused does not keep it open", async () => {
    let away = true;
    const r = () => {
      if (away) throw new StepError("unavailable", "away");
      return { n: 1 };
    };
    const first = await run(text, { tools: { r } });
    const { ports, clock } = first;
    await run(text, { ports, clock });
    for (let refused = 0; refused < 5; refused += 1) {
      await clock.advance(5_000);
      const { state, events } = await run(text, { ports, clock });
      expect(state.error?.code).toBe("unavailable");
      expect(ofType(events, "step.decided")).toMatchObject([{ path: "a", data: { what: "breaker" } }]);
    }
    expect(first.effects).toHaveLength(2);
    away = false;
    await clock.advance(5_001);
    expect((await run(text, { ports, clock })).state.status).toBe("completed");
  });
});

describe("concurrency of a policy", () => {
  test("places are given in order, and given back once", async () => {
    const semaphore = makeSemaphore(1);
    const first = await semaphore.take();
    const order: number[] = [];
    const rest = [1, 2].map(async (one) => {
      const leave = await semaphore.take();
      order.push(one);
      leave();
    });
    first();
    first();
    await Promise.all(rest);
    expect(order).toEqual([1, 2]);
    // There is still one.
    const last = await semaphore.take();
    let second = false;
    const next = semaphore.take().then((leave) => ((second = true), leave()));
    await turns();
    expect(second).toBe(false);
    last();
    await next;
  });

  test("a step that is cancelled while it queues gives its place to the next", async () => {
    const text = (id: string) => flow(`- { id: ${id}, tool: r, with: { n: 1 }, policy: p, timeout: 5s }`, "policies: { p: { concurrency: 1 } }");
    const held = Promise.withResolvers<{ n: number }>();
    const first = start(flow("- { id: a, tool: r, with: { n: 1 }, policy: p }", "policies: { p: { concurrency: 1 } }"), { tools: { r: () => held.promise } });
    await first.clock.advance(0);
    const { ports, clock } = first;
    const second = start(text("b"), { ports, clock });
    await clock.advance(6_000);
    expect(await second.done).toMatchObject({ status: "failed", error: { code: "timeout", step: "b" } });
    const third = start(text("c"), { ports, clock });
    held.resolve({ n: 1 });
    expect(await ended(third)).toMatchObject({ status: "completed" });
    expect(first.effects).toEqual(["r a#1", "r c#1"]);
  });
});
