import { expect, it } from "vitest";
import { StepError } from "../../../src/core/errors.js";
import { agentFlow, calls, run, says, start } from "./agent-world.js";

const TOOLS = `
tools:
  look: { http: { method: GET, url: "https://shop.example/look" }, summary: Looks things up, input: { fields: { id: string } }, output: { fields: { n: integer } } }
  save: { http: { method: POST, url: "https://shop.example/save" }, input: { fields: { id: string } }, idempotency: header }
  twice: { input: { fields: { n: integer } }, output: integer, expr: "\${input.n * 2}" }
`;
const FLOW = agentFlow("tools: [look, save, twice]\nlimits: { turns: 4 }", TOOLS);
const look = (id: string): readonly [string, { id: string }] => ["look", { id }];
const results = (asked: { readonly messages: readonly { readonly role: string; readonly text: string }[] } | undefined): string[] =>
  (asked?.messages ?? []).filter(({ role }) => role === "tool").map(({ text }) => text);

it("offers its tools and goes on with their results", async () => {
  const { state, asked, journal } = await run(FLOW, {
    models: { m: says(calls(look("x"), ["twice", { n: 21 }], ["save", { id: "y" }]), "done") },
    tools: { look: () => ({ n: 3 }), save: () => null },
  });
  expect(state.output).toEqual({ answer: "done" });
  expect(asked[0]?.tools[0]).toMatchObject({ name: "look", description: "Looks things up", schema: { type: "object" } });
  expect(results(asked[1])).toEqual(['{"n":3}', "42", "done"]);
  expect(asked[1]?.messages[2]).toMatchObject({ role: "assistant", toolCalls: [{ id: "c0", name: "look" }, { id: "c1" }, { id: "c2" }] });
  expect(journal.events.flatMap(({ type, path }) => (path?.includes(".") ? [`${type} ${path}`] : [])).toSorted()).toEqual([
    "step.completed a~1.0", "step.completed a~1.2", "step.started a~1.2",
  ]);
});

it("I35: calls of one answer run at once, results enter by index", async () => {
  const running = new Map<string, (value: { n: number }) => void>();
  const started = start(FLOW, {
    models: { m: says(calls(look("slow"), look("quick")), "done") },
    tools: { look: (input) => new Promise((resolve) => running.set(JSON.stringify(input), resolve)) },
  });
  await started.clock.advance(0);
  expect([...running.keys()]).toEqual(['{"id":"slow"}', '{"id":"quick"}']);
  running.get('{"id":"quick"}')?.({ n: 2 });
  await started.clock.advance(0);
  expect(started.asked).toHaveLength(1);
  running.get('{"id":"slow"}')?.({ n: 1 });
  expect((await started.done).status).toBe("completed");
  expect(results(started.asked[1])).toEqual(['{"n":1}', '{"n":2}']);
});

it("a failing tool, an unknown one and wrong arguments are results for the model", async () => {
  const { state, asked } = await run(FLOW, {
    models: {
      m: says(
        { toolCalls: [
          { id: "1", name: "look", args: { id: "x" } },
          { id: "2", name: "fly", args: {} },
          { id: "3", name: "look", args: { id: 7 } },
          { id: "4", name: "look", args: null, raw: '{"id": ' },
        ] },
        "sorry",
      ),
    },
    tools: { look: () => { throw new StepError("unavailable", "the shop is closed"); } },
  });
  expect(state.output).toEqual({ answer: "sorry" });
  const [closed, unknown, wrong, raw] = results(asked[1]);
  expect(closed).toBe("error: unavailable: the shop is closed");
  expect(unknown).toContain("there is no tool `fly`, only look, save, twice");
  expect(wrong).toMatch(/^error: invalid_input: .*id/);
  expect(raw).toContain("no JSON");
});

it("a tool error that the policy of a step would retry is not repeated behind the model's back", async () => {
  let tried = 0;
  await run(FLOW, { models: { m: says(calls(look("x")), "done") }, tools: { look: () => { tried += 1; throw new StepError("unavailable", "no"); } } });
  expect(tried).toBe(1);
});

it("ends with `limit` when the model calls tools for ever", async () => {
  const { state, asked } = await run(FLOW, { models: { m: says(calls(look("x"))) }, tools: { look: () => ({ n: 1 }) } });
  expect(state.error).toMatchObject({ code: "limit", step: "a" });
  expect(asked).toHaveLength(4);
});

it("I6, I10: keys of tool calls come from the position in the answer, not from the provider's ids", async () => {
  const keys: string[][] = [[], []];
  for (const [at, ids] of [["p", "q"], ["r", "s"]].entries()) {
    await run(FLOW, {
      models: { m: says({ toolCalls: ids.map((id) => ({ id, name: "save", args: { id: "y" } })) }, "done") },
      tools: { save: (_input, { key }) => { keys[at]?.push(key); return null; } },
    });
  }
  expect(keys[0]).toEqual(keys[1]);
  expect(new Set(keys[0]).size).toBe(2);
});

it("I12: a call that waits for an operator does not let the run be dropped while another is in flight", async () => {
  const save = `
tools:
  look: { http: { method: GET, url: "https://shop.example/look" }, input: { fields: { id: string } }, output: { fields: { n: integer } } }
  save: { http: { method: POST, url: "https://shop.example/save" }, input: { fields: { id: string } } }
`;
  const looking = Promise.withResolvers<{ n: number }>();
  const started = start(agentFlow("tools: [look, save]", save), {
    models: { m: says(calls(["save", { id: "y" }], look("x")), "done") },
    tools: { look: () => looking.promise, save: () => { throw new StepError("unavailable", "cut", { outcome: "unknown" }); } },
  });
  await started.clock.advance(10);
  expect(started.journal.events.map(({ type }) => type)).toContain("incident.opened");
  expect(started.quiescent()).toBe(0);
  looking.resolve({ n: 1 });
  await started.clock.advance(10);
  expect(started.quiescent()).toBe(1);
});

it("I35: a tool call that nobody knows the outcome of is no result for the model, whatever its code", async () => {
  const { state, asked } = await run(FLOW, {
    models: { m: says(calls(["save", { id: "x" }]), "done") },
    tools: { save: () => { throw new StepError("timeout", "no answer", { outcome: "unknown" }); } },
  });
  expect(state).toMatchObject({ status: "failed", error: { code: "timeout", step: "a~1.0" } });
  expect(asked).toHaveLength(1);
});

it("a tool that hangs does not hold the agent beyond its time", async () => {
  const running = start(FLOW, { models: { m: says(calls(["save", { id: "x" }]), "done") }, tools: { save: () => new Promise<never>(() => undefined) } });
  await running.clock.advance(120_000);
  expect(await running.done).toMatchObject({ status: "failed", error: { code: "timeout", step: "a" } });
});
