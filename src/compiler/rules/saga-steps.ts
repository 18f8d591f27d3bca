import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { pivotAt } from "../../core/plan/pivot.js";
import { catchBlocks, forwardBlocks, stepsIn, undoBlocks } from "../../core/plan/blocks.js";

export type SagaStep = StepPlan & { readonly kind: "saga" };

export const isSaga = (step: StepPlan): step is SagaStep => step.kind === "saga";
export const sagasIn = (body: BlockPlan): readonly SagaStep[] => [...stepsIn(body)].filter(isSaga);

export function beforePivot({ block: { steps } }: SagaStep): readonly StepPlan[] {
  const at = pivotAt(steps);
  return at < 0 ? steps : steps.slice(0, at);
}

export function behindPivot({ block: { steps } }: SagaStep): readonly StepPlan[] {
  const at = pivotAt(steps);
  return at < 0 ? [] : steps.slice(at + 1);
}

/** The steps and those below that belong to the same saga, on the way forward: not those of sagas inside. */
export function* ownSteps(steps: readonly StepPlan[]): Generator<StepPlan> {
  for (const step of steps) {
    yield step;
    const inner = isSaga(step) ? catchBlocks(step.catch) : forwardBlocks(step);
    for (const block of inner) yield* ownStepsOf(block);
  }
}

function* ownStepsOf(block: BlockPlan): Generator<StepPlan> {
  yield* ownSteps(block.steps);
  for (const clause of catchBlocks(block.catch)) yield* ownStepsOf(clause);
}

/** Steps that have to go through in the end: behind a pivot, and in an undo. */
export function insistentSteps(body: BlockPlan): ReadonlySet<StepPlan> {
  const found = new Set<StepPlan>(sagasIn(body).flatMap((saga) => [...ownSteps(behindPivot(saga))]));
  for (const step of stepsIn(body)) for (const block of undoBlocks(step)) for (const inner of stepsIn(block)) found.add(inner);
  return found;
}
