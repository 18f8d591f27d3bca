import { expect, test } from "vitest";
import { compile } from "../../../src/compiler/compile.js";
import { stepsIn } from "../../../src/core/plan/blocks.js";
import { createChance } from "../chance.js";
import { generateFlow } from "./flow.js";

/** All of `StepPlan`. */
const KINDS = ["agent", "ask", "call", "emit", "fail", "get", "loop", "map", "parallel", "put", "return", "saga", "set", "switch", "tool", "wait"];

test("flows are valid, and together they use every kind of step", { timeout: 300_000 }, () => {
  const kinds = new Set<string>();
  let refused = 0;
  const count = 120;
  for (let seed = 0; seed < count; seed += 1) {
    const { text } = generateFlow(createChance(seed, "flow"), createChance(seed, "queues"), createChance(seed, "far"), createChance(seed, "rare"));
    const { flows, diagnostics } = compile({ entries: [{ path: "flow.yaml", text }], read: (path) => (path.endsWith("tools.ts") ? "export {};" : null) });
    if (diagnostics.some(({ severity }) => severity === "error")) refused += 1;
    for (const { plan } of flows) if (plan !== null) for (const { kind } of stepsIn(plan.body)) kinds.add(kind);
  }
  expect(KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
  expect(refused).toBeLessThanOrEqual(count / 20);
});
