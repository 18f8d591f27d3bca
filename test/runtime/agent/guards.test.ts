import { expect, it } from "vitest";
import { agentFlow, run, says } from "./agent-world.js";

const guarded = (guards: string): string => agentFlow(`output: { fields: { n: integer } }\nguards: ${guards}`);

it("an input guard refuses before anything is asked", async () => {
  const { state, asked } = await run(guarded("{ input: [ { check: 'size(input.q) > 10', on_fail: refuse } ] }"), { models: { m: says('{"n":1}') } });
  expect(state.error).toMatchObject({ code: "refused", message: expect.stringContaining("size(input.q) > 10") });
  expect(asked).toHaveLength(0);
});

it("an output guard re-asks with what must hold", async () => {
  const { state, asked } = await run(guarded("{ output: [ { check: output.n < 10, on_fail: repair } ] }"), { models: { m: says('{"n":11}', '{"n":3}') } });
  expect(state.output).toEqual({ answer: { n: 3 } });
  expect(asked[1]?.messages.at(-1)?.text).toContain("`output.n < 10` must hold");
});

it("an output guard that never holds refuses; with `refuse` at once", async () => {
  const repaired = await run(guarded("{ output: [ { check: output.n < 10, on_fail: repair } ] }"), { models: { m: says('{"n":11}') } });
  expect(repaired.state.error).toMatchObject({ code: "refused" });
  expect(repaired.asked).toHaveLength(2);
  const refused = await run(guarded("{ output: [ { check: output.n < 10, on_fail: refuse } ] }"), { models: { m: says('{"n":11}') } });
  expect(refused.state.error).toMatchObject({ code: "refused" });
  expect(refused.asked).toHaveLength(1);
});
