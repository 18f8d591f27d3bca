import type { BlockPlan, StepPlan } from "../core/plan/step.js";

/** Every step of a block, at any depth. */
export function* planSteps(block: BlockPlan): Generator<StepPlan> {
  for (const step of block.steps) {
    yield step;
    for (const inside of innerBlocks(step)) yield* planSteps(inside);
    for (const clause of step.catch ?? []) yield* planSteps(clause.block);
  }
  for (const clause of block.catch ?? []) yield* planSteps(clause.block);
}

function innerBlocks(step: StepPlan): readonly BlockPlan[] {
  switch (step.kind) {
    case "switch":
      return step.cases.map(({ block }) => block);
    case "parallel":
      return step.branches.map(({ block }) => block);
    case "map":
    case "loop":
    case "call":
      return [step.block];
    default:
      return [];
  }
}
