import type { StepPlan } from "./step.js";

export const isPivot = (step: StepPlan): boolean => "pivot" in step;

/** A pivot, or a saga with one, also of a called flow: a pivot inside is one of all around it (I32). */
export const isPivotal = (step: StepPlan): boolean => isPivot(step) || ((step.kind === "saga" || step.kind === "call") && pivotAt(step.block.steps) >= 0);

/** The step of a saga's list from which on there is no way back; -1: none. */
export const pivotAt = (steps: readonly StepPlan[]): number => steps.findIndex(isPivotal);
