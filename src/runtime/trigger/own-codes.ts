import type { BlockPlan, StepPlan } from "../../core/plan/step.js";

/** The codes that a flow raises by its own `fail` steps: a run that ends with one of them is an answer, no accident. */
export function ownCodes(body: BlockPlan): ReadonlySet<string> {
  const codes = new Set<string>();
  const ofBlock = (block: BlockPlan): void => {
    for (const step of block.steps) ofStep(step);
    for (const clause of block.catch ?? []) ofBlock(clause.block);
  };
  const ofStep = (step: StepPlan): void => {
    for (const clause of step.catch ?? []) ofBlock(clause.block);
    if (step.kind === "fail") codes.add(step.code);
    else if (step.kind === "switch") for (const one of step.cases) ofBlock(one.block);
    else if (step.kind === "parallel") for (const branch of step.branches) ofBlock(branch.block);
    else if (step.kind === "map" || step.kind === "loop" || step.kind === "call") ofBlock(step.block);
  };
  ofBlock(body);
  return codes;
}
