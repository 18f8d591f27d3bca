import type { RunEvent } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { leavesRest } from "../run/join/decision.js";

/** Kinds into which nobody looks when they have ended: an agent's calls say what it has cost. */
const CLOSED: ReadonlySet<string> = new Set(["loop", "map", "parallel", "saga", "call"]);

/** Whether a path lies inside something that has ended, or in a pass that is done. One with a "/" at its end: whether all that lies in it does. */
export function overIn(events: readonly RunEvent[]): (path: Path) => boolean {
  const kinds = new Map<Path, string>();
  const ended = new Set<Path>();
  const failed = new Set<Path>();
  const passes = new Map<Path, number>();
  for (const { type, path = "", data } of events) {
    if (type === "step.started") kinds.set(path, data.kind);
    else if (type === "step.completed" && !failed.has(path) && CLOSED.has(kinds.get(path) ?? "")) ended.add(path);
    else if (type === "step.failed" || type === "step.cancelled") failed.add(path);
    else if (type === "loop.advanced") passes.set(path, data.i);
  }
  // A join may end before its rest does: nothing around that is over.
  for (const path of leavesRest(events)) {
    for (const { outer } of around(`${path}/`)) {
      ended.delete(outer);
      passes.delete(outer);
    }
  }
  const known = new Map<Path, boolean>();
  return (path) => {
    const found = known.get(path) ?? around(path).some(({ outer, pass }) => ended.has(outer) || (pass !== null && pass <= (passes.get(outer) ?? -1)));
    known.set(path, found);
    return found;
  };
}

/** What is around a path (I6), and which pass of it where that is a loop. */
const around = (path: Path): readonly { readonly outer: Path; readonly pass: number | null }[] =>
  [...path.matchAll(/#(\d+)(?=[/!]|$)|[/[~]/g)].map(({ index, 1: pass }) => ({ outer: path.slice(0, index), pass: pass === undefined ? null : Number(pass) }));
