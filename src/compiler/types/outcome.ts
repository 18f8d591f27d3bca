import type { Span } from "../../core/diagnostic.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { NEVER, type Type } from "../../core/type.js";
import type { Located } from "../shape/ast.js";
import type { TypedData } from "./data.js";
import type { Raises } from "./raises.js";

/** What a step or a block leaves behind. */
export interface Yield {
  readonly type: Type;
  /** Why it may not be there; null when it always is. */
  readonly nothing: string | null;
  /** Where it comes from: data as it was written, or a step's output. Several ways may lead here. */
  readonly sources?: readonly Source[];
}

export interface Source {
  readonly span: Span;
  readonly type: Type;
  readonly data?: TypedData;
}
export const written = (data: TypedData): readonly Source[] => [{ span: data.span, type: data.type, data }];

export interface Outcome extends Yield {
  /** It never goes on: every way through it ends in `fail` or `return`. */
  readonly diverges: boolean;
  readonly raises: Raises;
  readonly pure: boolean;
  /** A write effect stands in it (an `emit` is none). */
  readonly writes: boolean;
}

export interface CheckedBlock extends Outcome {
  readonly plan: BlockPlan;
}

export interface CheckedStep extends Outcome {
  readonly id: string;
  readonly plan: StepPlan;
  /** Where its output comes from, for messages. */
  readonly span: Span;
}

/** What the check of one kind of step gives; the common keys are added around it. */
export interface CheckedKind extends Outcome {
  readonly part: StepPart;
  /** It can never be read: the sentence that says why. */
  readonly unreadable?: string;
  /** What the agents or the tool that it names declare: one for each, null for none. */
  readonly queues?: readonly (Located<string> | null)[];
  /** What its own `catch` sees of a loop: its last state. It is not sure to be there where an expression failed. */
  readonly state?: { readonly type: Type; readonly sure: boolean };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type StepPart = DistributiveOmit<StepPlan, "id" | "when" | "policy" | "timeout" | "catch" | "pure">;

/** A value of steps that went wrong: nothing more is said about it. */
export const SILENT: Yield = { type: NEVER, nothing: null };
