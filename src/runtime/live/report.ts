import type { RunId } from "../../core/run-id.js";
import type { RunReport, World } from "../world.js";
import type { Caller, Live } from "./live.js";

/** Somebody waits for the run's end, perhaps beside others; the result ends that. */
export function addCaller({ callers }: Live, run: RunId, caller: Caller): () => void {
  const here = callers.get(run) ?? new Set<Caller>();
  callers.set(run, here.add(caller));
  return () => {
    here.delete(caller);
    if (here.size === 0 && callers.get(run) === here) callers.delete(run);
  };
}

/** Tells who waits for it, once. */
export const report = ({ live }: World, told: RunReport): void => tell(live, told.run, (caller) => caller.report(told));

/** The run goes on elsewhere, or nowhere. */
export const lose = ({ live }: World, run: RunId, cause: unknown): void => tell(live, run, (caller) => caller.lost(cause));

function tell({ callers }: Live, run: RunId, say: (caller: Caller) => void): void {
  const waiting = callers.get(run);
  callers.delete(run);
  for (const caller of waiting ?? []) say(caller);
}
