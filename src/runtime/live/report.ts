import type { RunId } from "../../core/run-id.js";
import type { RunReport, World } from "../world.js";
import type { Caller, Live } from "./live.js";

/** Somebody waits for the run's end, perhaps beside others. */
export function addCaller({ callers }: Live, run: RunId, caller: Caller): void {
  const before = callers.get(run);
  if (before === undefined) callers.set(run, caller);
  else
    callers.set(run, {
      report(told) {
        before.report(told);
        caller.report(told);
      },
      lost(cause) {
        before.lost(cause);
        caller.lost(cause);
      },
    });
}

/** Tells who waits for it, once. */
export function report({ live: { callers } }: World, told: RunReport): void {
  callers.get(told.run)?.report(told);
  callers.delete(told.run);
}
