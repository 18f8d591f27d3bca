import { describe, expect, it } from "vitest";
import { scriptedProvider } from "../../../src/adapters/model/scripted/provider.js";
import type { TokenEvent } from "../../../src/core/event.js";
import { readOutput } from "../../../src/runtime/agent/output.js";
import { agentFlow, ofType, run, says, start } from "./agent-world.js";

const TEXT = agentFlow("repair: 1");
const TYPED = agentFlow("output: { fields: { team: billing | technical } }");

describe("a plain agent", () => {
  it("sends instructions and input, and gives the text", async () => {
    const { state, asked, journal } = await run(TEXT, { models: { m: says("because") } });
    expect(state).toMatchObject({ status: "completed", output: { answer: "because" } });
    expect(asked[0]?.messages).toEqual([
      { role: "system", text: "Answer why?" },
      { role: "user", text: '{"q":"why?"}' },
    ]);
    expect(asked[0]?.output).toBeUndefined();
    expect(journal.events.map(({ type, path }) => `${type} ${path ?? ""}`)).toEqual(["step.started a", "model.started a~1", "model.completed a~1", "step.completed a"]);
  });

  it("I4: is asked only when the intent is durable", async () => {
    const running = start(TEXT, { models: { m: () => running.journal.durable().map(({ type }) => type).join() } });
    expect((await running.done).output).toEqual({ answer: "step.started,model.started" });
  });

  it("gives tokens to an observer, and does not stream without one", async () => {
    const tokens: TokenEvent[] = [];
    const fake = says("x");
    const { asked } = await run(TEXT, { token: (event) => tokens.push(event), models: { m: (one) => {
      one.onText?.("be");
      return fake(one);
    } } });
    expect(tokens).toEqual([{ run: "aarun", path: "a~1", attempt: 1, text: "be" }]);
    expect(asked[0]?.onText).not.toBeNull();
    const quiet = await run(TEXT, { models: { m: says("x") } });
    expect(quiet.asked[0]?.onText).toBeNull();
  });
});

describe("an agent with an output type", () => {
  it("asks for it and checks what comes", async () => {
    const { state, asked } = await run(TYPED, { models: { m: says('{"team":"billing"}') } });
    expect(state.output).toEqual({ answer: { team: "billing" } });
    expect(asked[0]?.output).toMatchObject({ name: "a", schema: { type: "object" } });
  });

  it("repairs once: the model sees its answer and what is wrong", async () => {
    const { state, asked, journal } = await run(TYPED, { models: { m: says('{"team":"sales"}', '{"team":"technical"}') } });
    expect(state.output).toEqual({ answer: { team: "technical" } });
    expect(asked[1]?.path).toBe("a~2");
    expect(asked[1]?.messages.slice(2)).toEqual([
      { role: "assistant", text: '{"team":"sales"}', toolCalls: [] },
      { role: "user", text: expect.stringContaining("team") },
    ]);
    expect(ofType(journal.events, "step.completed")[0]?.data).toMatchObject({ attempt: 2, output: { team: "technical" } });
  });

  it("ends with invalid_output when the model talks nonsense for ever", async () => {
    const { state, asked, journal } = await run(TYPED, { models: { m: says("colourless green ideas") } });
    expect(state).toMatchObject({ status: "failed", error: { code: "invalid_output", step: "a" } });
    expect(asked).toHaveLength(2);
    expect(ofType(journal.events, "step.failed")).toHaveLength(1);
  });

  it("takes a refusal for what it is, and no answer that was cut", async () => {
    const refused = await run(TYPED, { models: { m: says({ text: "no", finish: "filter" }) } });
    expect(refused.state.error).toMatchObject({ code: "refused" });
    expect(refused.asked).toHaveLength(1);
    const cut = await run(TYPED, { models: { m: says({ text: '{"team":"bil', finish: "length" }) } });
    expect(cut.state.error).toMatchObject({ code: "limit" });
    expect(cut.asked).toHaveLength(2);
    const cutText = await run(TEXT, { models: { m: says({ text: "once upon a", finish: "length" }, "the end") } });
    expect(cutText.state.output).toEqual({ answer: "the end" });
    const whole = await run(TYPED, { models: { m: says({ text: '{"team":"billing"}', finish: "length" }) } });
    expect(whole.state.status).toBe("completed");
  });

  it("says of a long refusal, and of a long name in an answer, no more than anybody reads", async () => {
    const refused = await run(TEXT, { models: { m: () => ({ text: "no! ".repeat(100_000), finish: "filter" }) } });
    expect(refused.state.error?.message).toMatch(/refuses to answer: no! no! .*…$/);
    expect(refused.state.error?.message.length).toBeLessThan(1_000);
    const named = await run(TYPED, { models: { m: () => JSON.stringify({ ["k".repeat(100_000)]: 1 }) } });
    expect(named.state.error).toMatchObject({ code: "invalid_output" });
    expect(named.state.error?.message.length).toBeLessThan(1_000);
  });

  it("works with a scripted model behind the port", async () => {
    const provider = scriptedProvider();
    const answers = { a: ["nonsense", { team: "billing" }] };
    const { state, totals } = await run(TYPED, { open: () => provider.open({ provider: "scripted", model: "s", api: "chat", options: { answers } }, { folder: "." }) });
    expect(state.output).toEqual({ answer: { team: "billing" } });
    expect(totals().usage.out).toBeGreaterThan(0);
  });
});

describe("reading an answer", () => {
  const any = (): null => null;
  const text = (value: unknown): string | null => (typeof value === "string" ? null : "must be text");
  const object = (value: unknown): string | null => (typeof value === "object" && value !== null && "a" in value ? null : "`a` is missing");

  it.each([
    ['{"a":1}', { a: 1 }],
    ['```json\n{"a":1}\n```', { a: 1 }],
    ['Here it is:\n```\n{"a":1}\n```\nAnything else?', { a: 1 }],
    ['Sure! {"a":{"b":[1]}} That is it.', { a: { b: [1] } }],
  ])("%j", (given, value) => expect(readOutput(given, object)).toEqual({ output: value }));

  it("reads text with and without quotes, also text that looks like a number", () => {
    expect(readOutput('"yes"', text)).toEqual({ output: "yes" });
    expect(readOutput("yes", text)).toEqual({ output: "yes" });
    expect(readOutput("42", text)).toEqual({ output: "42" });
    expect(readOutput("[1, 2]", any)).toEqual({ output: [1, 2] });
  });

  it("tells what is wrong with the whole answer, not with its parts", () => {
    expect(readOutput('{"b":{"a":1}}', object)).toEqual({ problem: "`a` is missing" });
    expect(readOutput("nonsense", object)).toEqual({ problem: "it is no JSON" });
    expect(readOutput('{"a":1} or {"a":2}', object)).toEqual({ problem: "it is no JSON" });
  });
});
