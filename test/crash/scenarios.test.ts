import { expect, test } from "vitest";
import { loadFlows } from "../support/runtime.js";
import { SCENARIOS } from "./scenarios.js";

/** All of `StepPlan`; a new kind is cut by a scenario, or this fails. */
const KINDS = ["agent", "ask", "call", "emit", "fail", "get", "loop", "map", "parallel", "put", "return", "saga", "set", "switch", "tool", "wait"];
const JOINS = ["all", "any", "settled"];
const IDEMPOTENCIES = ["field", "header", "key", "native", "none"];

test("scenarios use every kind of step, every join and every form of idempotency", () => {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if ((key === "kind" || key === "join") && typeof inner === "string") found.add(inner);
      look(inner);
    }
  };
  for (const { text } of SCENARIOS) for (const { plan } of loadFlows(text)) look([plan.body, plan.tools]);
  expect([...KINDS, ...JOINS, ...IDEMPOTENCIES].filter((kind) => !found.has(kind))).toEqual([]);
});
