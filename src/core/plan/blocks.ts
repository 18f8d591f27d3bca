import type { BlockPlan, CatchPlan, StepPlan } from "./step.js";

/** The blocks that stand directly in a step: its bodies, its catch clauses, what undoes it. */
export function blocksOf(step: StepPlan): readonly BlockPlan[] {
  return [...forwardBlocks(step), ...undoBlocks(step)];
}

/** Those that run on the way forward. */
export const forwardBlocks = (step: StepPlan): readonly BlockPlan[] => [...bodiesOf(step), ...catchBlocks(step.catch)];

export const undoBlocks = (step: StepPlan): readonly BlockPlan[] => ("compensate" in step && step.compensate !== undefined ? [step.compensate.block] : []);

/** Those that make the step's value when nothing fails. */
export function bodiesOf(step: StepPlan): readonly BlockPlan[] {
  switch (step.kind) {
    case "switch":
      return step.cases.map(({ block }) => block);
    case "parallel":
      return step.branches.map(({ block }) => block);
    case "map":
    case "loop":
    case "saga":
    case "call":
      return [step.block];
    default:
      return [];
  }
}

export const catchBlocks = (clauses: readonly CatchPlan[] | undefined): readonly BlockPlan[] => (clauses ?? []).map(({ block }) => block);

/** Every step in the block and below, in the order in which it is written, catch clauses behind their bodies. */
export function* stepsIn(block: BlockPlan): Generator<StepPlan> {
  for (const step of block.steps) {
    yield step;
    for (const inner of blocksOf(step)) yield* stepsIn(inner);
  }
  for (const inner of catchBlocks(block.catch)) yield* stepsIn(inner);
}

/** The block and every block below. */
export function* blocksIn(block: BlockPlan): Generator<BlockPlan> {
  yield block;
  for (const step of block.steps) for (const inner of blocksOf(step)) yield* blocksIn(inner);
  for (const inner of catchBlocks(block.catch)) yield* blocksIn(inner);
}
