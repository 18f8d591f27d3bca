import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { stepsIn } from "../../core/plan/blocks.js";

const known = new WeakMap<FlowPlan, ReadonlySet<string>>();

/** The codes that a flow raises by its own `fail` steps: a run that ends with one of them is an answer, no accident. */
export function ownCodes(plan: FlowPlan): ReadonlySet<string> {
  const found = known.get(plan);
  if (found !== undefined) return found;
  const codes = new Set<string>();
  for (const step of stepsIn(plan.body)) if (step.kind === "fail") codes.add(step.code);
  known.set(plan, codes);
  return codes;
}
