import type { FlowError } from "../../../core/errors.js";
import type { Path } from "../../../core/run-id.js";
import type { Frame } from "../frame.js";
import type { Output } from "../ready.js";
import type { Goal } from "./goal.js";

/** What became of one branch. Absent: its `when` did not hold, so it counts for no join. */
export type Ended = { readonly output: Output; readonly absent?: true } | { readonly error: FlowError };

export const ABSENT: unique symbol = Symbol("absent");

/** Branches that run side by side, and when they have done what they are for. */
export interface Race {
  readonly frame: Frame;
  readonly path: Path;
  readonly count: number;
  readonly goal: Goal;
  readonly rest: "cancel" | "finish";
  readonly concurrency: number;
  /** Branches that must have ended before one starts. */
  readonly after?: (index: number) => readonly number[];
  readonly start: (index: number, inside: Frame, ended: ReadonlyMap<number, Ended>) => Promise<Output | typeof ABSENT>;
  /** Whether a branch that is cancelled or fails is undone (I23). */
  readonly undoes: (index: number) => boolean;
  /** Which branch a path is of, that follows on the join's own. */
  readonly branchAt: (below: string) => number | undefined;
}
