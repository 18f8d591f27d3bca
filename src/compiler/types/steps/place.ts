import type { Place } from "../expression.js";
import type { CheckedStep } from "../outcome.js";

/** Where a kind of step is checked. */
export interface KindPlace {
  readonly path: string;
  /** Of its own expressions and data. */
  readonly place: Place;
  /** The step before it in the same block. */
  readonly before: CheckedStep | null;
}
