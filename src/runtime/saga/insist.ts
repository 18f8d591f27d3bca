import type { RetryPlan } from "../../core/plan/flow-plan.js";
import type { Frame } from "../run/frame.js";
import { openScope } from "../run/scope.js";

/**
 * Giving up is not left to the step: behind a pivot and in an undo there is no way back. It is tried, then an operator
 * is asked (I31, I32).
 */
export interface Must {
  readonly phase: "forward" | "undo";
  /** An undo of one tool has the undo's own key (I30). */
  readonly keyPath: string | null;
}

/** I31: exponential to 5 min, 20 attempts. */
export const INSISTENCE: RetryPlan & { readonly max: number } = { max: 20, backoff: "exponential", initial: 200, cap: 300_000, jitter: "full" };

/** Codes that a `catch` takes, from the innermost saga or undo on: null is any. */
export type Catching = readonly (ReadonlySet<string> | null)[];

export const isCaught = ({ catching }: Frame, code: string): boolean => catching.some((codes) => codes === null || codes.has(code));

/** I31, I32: a time limit that nobody catches ends nothing where there is no way back. */
export const isTimed = (frame: Frame): boolean => frame.must === null || isCaught(frame, "timeout");

/** Whether somebody asks later what was caught on the way. */
export const keepsCatching = ({ undo, must }: Frame): boolean => undo !== null || must !== null;

/** I32: what follows the pivot is out of reach of every cancellation and time limit. */
export function behindPivot(frame: Frame): Frame {
  if (frame.undo === null || !frame.undo.forwardOnly || frame.must !== null) return frame;
  return { ...frame, scope: openScope(null), must: { phase: "forward", keyPath: null } };
}
