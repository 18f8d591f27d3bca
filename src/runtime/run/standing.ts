import type { Wait } from "../../core/event.js";
import type { ActiveRun } from "./active-run.js";
import type { Scope } from "./scope.js";

/** What a run whose coroutines all stand at durable waits waits for, and when the first of its times is over (I12, I15). */
export function standing(run: ActiveRun): { readonly waits: readonly Wait[]; readonly due: number | null } | null {
  if (run.active > 0 || run.waits.size === 0 || run.dropped) return null;
  const waits: Wait[] = [];
  let due = Infinity;
  for (const { wait, scope } of run.waits.values()) {
    waits.push(wait);
    due = Math.min(due, wait.until ?? Infinity, deadlineOf(scope));
  }
  return { waits, due: due < Infinity ? due : null };
}

/** The first of the deadlines around a wait. */
function deadlineOf(scope: Scope): number {
  let due = Infinity;
  for (let at: Scope | null = scope; at !== null; at = at.parent) due = Math.min(due, at.deadline?.due ?? Infinity);
  return due;
}
