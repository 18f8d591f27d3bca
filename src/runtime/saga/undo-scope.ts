import type { OnUnknown } from "../../core/plan/step.js";
import type { Scope } from "../run/scope.js";

/** A saga, or a branch that can be cancelled (I23): what was done in it is undone as one. */
export interface UndoScope {
  /** A saga's path; `path|2` of a branch. */
  readonly id: string;
  readonly parent: UndoScope | null;
  /** Ids from the outermost to this one. */
  readonly within: readonly string[];
  /** What cancels it as a whole. */
  readonly scope: Scope;
  /** For writes that do not say it themselves. */
  readonly onUnknown: OnUnknown | null;
  /** The pivot is done: nothing in it is undone, cancelled or timed out any more (I32). */
  forwardOnly: boolean;
  /** Withdraws its time limit. */
  readonly disarm: () => void;
}

export function openUndo(id: string, parent: UndoScope | null, scope: Scope, onUnknown: OnUnknown | null, disarm: () => void = () => undefined): UndoScope {
  return { id, parent, within: [...(parent?.within ?? []), id], scope, onUnknown: onUnknown ?? parent?.onUnknown ?? null, forwardOnly: false, disarm };
}

/** I32: a pivot inside is a pivot of all around it. */
export function passPivot(undo: UndoScope | null): void {
  for (let at = undo; at !== null; at = at.parent) {
    at.forwardOnly = true;
    at.disarm();
  }
}
