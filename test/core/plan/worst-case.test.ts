import { expect, test } from "vitest";
import { worstCase } from "../../../src/core/plan/worst-case.js";
import { loadFlows } from "../../support/runtime.js";

const text = (steps: string, more = ""): string => `flowctl: v1
flow: f
input: { fields: { ids: "string[]" } }
models: { m: { provider: scripted, model: s, answers: {} }, n: { provider: scripted, model: t, answers: {} } }
agents:
  a: { model: m, instructions: x, limits: { turns: 3, usd: 0.5, tokens: 100 } }
  b: { model: [m, n], instructions: x, limits: { turns: 2 } }
${more}
steps:
${steps}
`;
const of = (steps: string, more?: string) => {
  const [flow] = loadFlows(text(steps, more));
  return flow === undefined ? null : worstCase(flow.plan);
};

test("counts the turns of agents, passes of loops, and what a fallback adds", () => {
  expect(of("  - agent: a\n  - loop: { init: 0, max: 4, until: state > 2 }\n    do: [ { agent: a } ]\n    value: \"${state + 1}\"")).toEqual({ calls: 15, each: [], tokens: 500, usd: 2.5 });
  expect(of("  - agent: b")).toEqual({ calls: 3, each: [], tokens: null, usd: null });
});

test("says for each item what nothing limits; a budget limits all", () => {
  const map = "  - { id: all, map: { over: input.ids }, do: [ { agent: a } ] }";
  expect(of(map)).toEqual({ calls: 0, each: [{ step: "all", calls: 3 }], tokens: null, usd: null });
  expect(of(map, "budget: { usd: 1, tokens: 50 }")).toMatchObject({ tokens: 50, usd: 1 });
  expect(of(map, "budget: { usd: 1, mode: audit }")).toMatchObject({ usd: null });
});
