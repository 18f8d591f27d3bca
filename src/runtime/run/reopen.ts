import type { RunEvent } from "../../core/event.js";
import { isJsonObject } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";

/** When a failed run last went on, and the paths that its steps then run under (I6). */
export interface Reopened {
  readonly at: number;
  /** How many times the run went on after a failure. */
  readonly times: number;
  readonly paths: ReadonlyMap<Path, Path>;
}

/** What still counts of a journal whose run failed and went on, any number of times. */
export function afterReopening(events: readonly RunEvent[]): { readonly events: readonly RunEvent[]; readonly reopened: Reopened | null } {
  if (!events.some(({ type }) => type === "run.reopened")) return { events, reopened: null };
  const paths = new Map<Path, Path>();
  let at = 0;
  let times = 0;
  let kept: RunEvent[] = [];
  for (const event of events) {
    if (event.type === "run.reopened") {
      at = event.at;
      times += 1;
      kept = [...withoutFailure(kept, event.data.path)];
      const moved = movedBy(event.data.path);
      if (moved !== null) paths.set(moved.step, moved.again);
    }
    kept.push(event);
  }
  return { events: kept, reopened: { at, times, paths } };
}

/**
 * I6: what a journal says to a run that goes on at the step that failed. The failure, and what followed from it, count no
 * more: composites around it, siblings that were cut off, times that ran. Everything else stays as it is.
 */
function withoutFailure(events: readonly RunEvent[], path: Path): readonly RunEvent[] {
  const failure = events.findLast((event) => event.path === path && isFailure(event));
  if (failure === undefined) return events;
  const agent = /^(.*)~\d+$/.exec(path)?.[1];
  return events.filter((event) => {
    // The end of the run has given its locks back.
    if (event.path?.endsWith("!lock") === true) return false;
    // A model call is asked again; the step that failed has another path.
    if (event === failure) return agent === undefined;
    if (event.type === "run.cancel_requested") return false;
    if (event.type === "timer.set") return !isAround(event.path ?? "", path);
    if (event.seq < failure.seq) return true;
    if (event.type === "step.failed") return event.data.retryAt !== undefined || (event.data.error.step === event.path && event.path !== agent);
    if (event.type === "step.cancelled") return false;
    if (event.type !== "step.decided") return true;
    // The join goes on, so what it leaves is left then.
    if (event.data.what === "rest") return !isAround(event.path ?? "", path);
    return !(event.data.what === "join" && isJsonObject(event.data.value) && ("failed" in event.data.value || "lost" in event.data.value));
  });
}

/** The path under which a step runs again: `^1` the first time. A model that is asked again is so at its own. */
export function movedBy(path: Path): { readonly step: Path; readonly again: Path } | null {
  if (/~\d+$/.test(path)) return null;
  const [, step = path, count = "0"] = /^(.*)\^(\d+)$/.exec(path) ?? [];
  return { step, again: `${step}^${Number(count) + 1}` };
}

export const isFailure = (event: RunEvent): boolean => (event.type === "step.failed" || event.type === "model.failed") && event.data.retryAt === undefined;

/** The flow's own path is "". */
const isAround = (outer: Path, inner: Path): boolean => outer === "" || (inner.startsWith(outer) && /^[/[#!~]/.test(inner.slice(outer.length)));
