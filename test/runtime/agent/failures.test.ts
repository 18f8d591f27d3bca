import { describe, expect, it } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import type { Model } from "../../../src/core/ports/model.js";
import { agentFlow, calls, ofType, run, says, start } from "./agent-world.js";

const FLOW = agentFlow("repair: 0");
const TWO = agentFlow("model: [m, n]");
const POLICY = agentFlow("model: [m, n]", `
policies: { p: { timeout: 2s, retry: { max: 2, backoff: constant, initial: 1s, jitter: none } } }
steps: [ { id: a, agent: a, policy: p } ]
value: { answer: "\${steps.a}", made: "\${info.a.attempts}", by: "\${info.a.agent}" }`);
const away = new StepError("unavailable", "the model is away");

describe("retries", () => {
  it("tries three times without a policy, as attempts of one call", async () => {
    const running = start(FLOW, { models: { m: says(away, away, "at last") } });
    await running.clock.advance(2_000);
    expect((await running.done).output).toEqual({ answer: "at last" });
    expect(running.asked.map(({ path }) => path)).toEqual(["a~1", "a~1", "a~1"]);
    expect(ofType(running.journal.events, "model.started").map(({ data }) => data.attempt)).toEqual([1, 2, 3]);
    expect(ofType(running.journal.events, "model.failed").every(({ data }) => data.retryAt !== undefined)).toBe(true);
  });

  it("a model that cannot be connected is away, and asked again: nothing of it is charged", async () => {
    const answering: Model = { complete: async () => ({ text: "at last", toolCalls: [], usage: { in: 1, out: 1 }, finish: "stop" }) };
    let opened = 0;
    const running = start(FLOW, { open: () => ((opened += 1) === 1 ? Promise.reject(new Error("no route")) : Promise.resolve(answering)) });
    await running.clock.advance(2_000);
    expect(await running.done).toMatchObject({ status: "completed", output: { answer: "at last" } });
    const [failed] = ofType(running.journal.events, "model.failed");
    expect(failed?.data).toMatchObject({ error: { code: "unavailable" } });
    expect(failed?.data.usage).toBeUndefined();
  });

  it("waits at least as long as Retry-After says", async () => {
    const running = start(FLOW, { models: { m: says(new StepError("rate_limit", "slow down", { retryAfterMs: 7_000 }), "ok") } });
    await running.clock.advance(6_999);
    expect(running.asked).toHaveLength(1);
    await running.clock.advance(1);
    expect((await running.done).output).toEqual({ answer: "ok" });
  });

  it("a policy limits each attempt; what was cut off is settled at its reservation", async () => {
    const running = start(POLICY, { price: { in: 1, out: 1 }, models: { m: () => new Promise(() => undefined), n: says("hello") } });
    await running.clock.advance(6_000);
    expect((await running.done).output).toEqual({ answer: "hello", made: 2, by: "a" });
    expect(running.asked.map(({ path }) => path)).toEqual(["a~1", "a~1", "a~2"]);
    expect(running.asked[0]?.signal.aborted).toBe(true);
    const [started] = ofType(running.journal.events, "model.started");
    const [first, last] = ofType(running.journal.events, "model.failed");
    expect(first?.data).toMatchObject({ error: { code: "timeout" }, unknown: true, usd: started?.data.reserve.usd });
    expect(last?.data.retryAt).toBeUndefined();
    expect(running.totals().usage.out).toBe(2 * 4096 + 5);
  });

  it("does not repeat or pass on a refusal", async () => {
    const { state, asked } = await run(TWO, { models: { m: says(new StepError("refused", "never")) } });
    expect(state.error).toMatchObject({ code: "refused", message: "never" });
    expect(asked).toHaveLength(1);
  });

  it("takes what an adapter throws for `unavailable`", async () => {
    const running = start(FLOW, { models: { m: () => { throw new TypeError("socket hang up"); } } });
    await running.clock.advance(5_000);
    expect((await running.done).error).toMatchObject({ code: "unavailable", message: "socket hang up" });
    expect(running.asked).toHaveLength(3);
  });
});

describe("fallback", () => {
  it("the next model is the next call, and stays", async () => {
    const tool = `tools: { twice: { input: { fields: { n: integer } }, output: integer, expr: "\${input.n * 2}" } }`;
    const running = start(agentFlow("model: [m, n]\ntools: [twice]", tool), { models: { m: says(away), n: says(calls(["twice", { n: 1 }]), "two") } });
    await running.clock.advance(5_000);
    expect((await running.done).output).toEqual({ answer: "two" });
    expect(ofType(running.journal.events, "model.started").map(({ path, data }) => `${path} ${data.model}`)).toEqual(["a~1 m", "a~1 m", "a~1 m", "a~2 n", "a~3 n"]);
  });

  it("does not wait for a time that the agent does not have", async () => {
    const slow = new StepError("rate_limit", "come tomorrow", { retryAfterMs: 86_400_000 });
    const running = start(TWO, { models: { m: says(slow), n: says("now") } });
    await running.clock.advance(0);
    expect((await running.done).output).toEqual({ answer: "now" });
    const [failed] = ofType(running.journal.events, "model.failed");
    expect(failed?.data.retryAt).toBeUndefined();
    const replayed = start(TWO, { models: {}, past: running.journal.events.filter(({ type }) => type !== "step.completed") });
    expect((await replayed.done).output).toEqual({ answer: "now" });
    expect(replayed.asked).toEqual([]);
  });

  it("waits where there is time, or no other model", async () => {
    const soon = new StepError("rate_limit", "a moment", { retryAfterMs: 59_999 });
    const waits = start(TWO, { models: { m: says(soon, "m"), n: says("n") } });
    await waits.clock.advance(59_999);
    expect((await waits.done).output).toEqual({ answer: "m" });
    const late = new StepError("rate_limit", "an hour", { retryAfterMs: 3_600_000 });
    const alone = start(FLOW, { models: { m: says(late, "m") } });
    await alone.clock.advance(60_000);
    expect((await alone.done).error).toMatchObject({ code: "timeout" });
  });

  it("raises the last model's error", async () => {
    const running = start(TWO, { models: { m: says(away), n: says(new StepError("rate_limit", "full")) } });
    await running.clock.advance(60_000);
    expect((await running.done).error).toMatchObject({ code: "rate_limit", step: "a" });
  });
});

describe("limits", () => {
  it("`timeout` is total: it aborts the call and raises `timeout`", async () => {
    const running = start(agentFlow("limits: { timeout: 3s }"), { models: { m: () => new Promise(() => undefined) } });
    await running.clock.advance(2_999);
    expect(running.asked[0]?.signal.aborted).toBe(false);
    await running.clock.advance(1);
    expect((await running.done).error).toMatchObject({ code: "timeout", step: "a" });
    expect(running.asked[0]?.signal.aborted).toBe(true);
    expect(running.clock.pending()).toBe(0);
  });

  it("a call that waits for a place of its policy ends with its time limit", async () => {
    const more = `
policies: { one: { concurrency: 1 } }
steps:
  - id: both
    parallel: { join: all }
    branches:
      first: [ { id: x, agent: a, policy: one } ]
      second: { do: [ { id: y, agent: a, policy: one, timeout: 1s } ], catch: [ { on: [timeout], value: too late } ] }
value: { second: "\${steps.both.second}" }`;
    let answer = (_text: string): void => undefined;
    const running = start(agentFlow("repair: 0", more), { models: { m: () => new Promise<string>((resolve) => { answer = resolve; }) } });
    await running.clock.advance(1_000);
    expect(ofType(running.journal.events, "step.failed").map(({ path, data }) => [path, data.error.code])).toEqual([["both/y", "timeout"]]);
    answer("first");
    expect((await running.done).output).toEqual({ second: "too late" });
    expect(running.asked).toHaveLength(1);
  });

  it("an operator's cancel aborts the call and settles it", async () => {
    const running = start(FLOW, { models: { m: () => new Promise(() => undefined) } });
    await running.clock.advance(10);
    running.cancel();
    expect((await running.done).status).toBe("cancelled");
    expect(running.asked[0]?.signal.aborted).toBe(true);
    expect(ofType(running.journal.events, "model.failed")[0]?.data).toMatchObject({ unknown: true, usage: { out: 4096 } });
    expect(running.clock.pending()).toBe(0);
  });

  it("tokens and usd: the next call's worst case must fit", async () => {
    const broken = { models: { m: says({ text: "x", usage: { in: 100, out: 900 } }) }, price: { in: 0, out: 100 } };
    const typed = "output: { fields: { n: integer } }\nrepair: 5\n";
    const tokens = await run(agentFlow(`${typed}limits: { tokens: 6000 }`), broken);
    expect(tokens.state.error).toMatchObject({ code: "limit", message: expect.stringContaining("6000 tokens") });
    expect(tokens.asked).toHaveLength(2);
    const usd = await run(agentFlow(`${typed}limits: { usd: 0.5 }`).replace("answers: {} }", "answers: {}, price: { in: 0, out: 100 } }"), broken);
    expect(usd.state.error).toMatchObject({ code: "limit", message: expect.stringContaining("0.5 USD") });
    expect(usd.asked).toHaveLength(2);
  });
});
