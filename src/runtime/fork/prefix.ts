import type { RunEvent } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { endedStep } from "../../core/signal-name.js";
import { told } from "../run/tell.js";

/** Where a fork begins: at a step, or before an event by its seq; null: nothing is kept but the input. */
export type ForkPoint = { readonly path: Path } | { readonly seq: number } | null;

/** What a fork takes over of a journal, behind its admission; or why it cannot. */
export type Prefix = { readonly events: readonly RunEvent[]; readonly at: number } | { readonly cannot: string };

/**
 * What had ended before the point. What was open there is left out, for it begins again under keys of its own: no
 * intent of the first run is in doubt in the second.
 */
export function prefixOf(journal: readonly RunEvent[], point: ForkPoint): Prefix {
  const at = seqOf(journal, point);
  if (at === null) return { cannot: point !== null && "path" in point ? `it has not come to the step \`${point.path}\`` : `it has ${journal.length} events` };
  const before = journal.slice(0, at);
  if (before.some(({ type }) => type === "run.reopened")) return { cannot: "it was opened again before that: fork it from its start" };
  const ended = endedIn(before);
  const computed = new Set(before.flatMap((event) => (event.type === "steps.computed" ? event.data.items.map(({ path }) => path) : [])));
  const open = new Map<Path, string>();
  for (const event of before) if (event.type === "step.started" && event.path !== undefined && !ended.has(event.path) && COMPOSITES.has(event.data.kind)) open.set(event.path, event.data.kind);
  const within = appliedWithin(before, open);
  // I33: what the saga has done would be undone by two runs, or by none.
  if (within !== null) return { cannot: `the saga or branch \`${within}\` has effects there that it may have to undo: fork before it or behind it` };
  const events = before.slice(1).filter((event) => {
    if (event.type === "signal.received" && event.path === undefined) return isOwn(event.data.name, ended);
    if (event.path === undefined) return event.type === "run.started" || event.type === "steps.computed";
    // A question that is asked anew is told anew, and of a write that is made anew another one finds out whether it was.
    if (ended.has(event.path)) return ended.has(stepOf(event.path));
    const isDecided = event.type === "step.decided" && !OVER.has(event.data.what);
    if (isDecided && computed.has(event.path)) return true;
    if (!open.has(event.path)) return false;
    // Times and waits of the first run are not this one's.
    return event.type === "step.started" || event.type === "loop.advanced" || isDecided;
  });
  return { events, at };
}

/** Paths of what had ended. What was cancelled with a block that had not ended, or with the whole run, is open: nothing cancels that in the fork. */
function endedIn(before: readonly RunEvent[]): ReadonlySet<Path> {
  const ends = before.filter((event) => event.path !== undefined && isEnd(event));
  const isWithAll = (event: RunEvent): boolean => event.type === "step.cancelled" && WITH_ALL.has(event.data.reason);
  const ended = new Set(ends.flatMap((event) => (isWithAll(event) ? [] : (event.path ?? []))));
  for (const event of ends) {
    const { path = "" } = event;
    if (isWithAll(event) && around(path).some((one) => ended.has(one))) ended.add(path);
  }
  return ended;
}

/** A step that starts a run of its own waits for that one, not for the end of the first run's. */
function isOwn(signal: string, ended: ReadonlySet<string>): boolean {
  const step = endedStep(signal);
  return step === null || ended.has(step);
}

const WITH_ALL: ReadonlySet<string> = new Set(["operator", "limit", "timeout"]);

/** Paths of the steps that a path stands in. */
const around = (path: Path): readonly Path[] => Array.from(path.matchAll(BELOW), ({ index }) => path.slice(0, index));
/** What begins the part of a path that stands below a step. */
const BELOW = /[/[#~!^|]/g;

/** Of the telling of a question the step that asks it, of finding out about a write that one; else the path itself. */
const stepOf = (path: Path): Path => (path.endsWith(told("")) ? path.slice(0, -told("").length) : path.replace(/\?\d+$/, ""));

const COMPOSITES: ReadonlySet<string> = new Set(["map", "parallel", "loop", "saga", "call", "switch", "agent"]);
const OVER: ReadonlySet<string> = new Set(["timeout", "block", "agent"]);

function seqOf(journal: readonly RunEvent[], point: ForkPoint): number | null {
  if (point === null) return 1;
  if ("seq" in point) return point.seq >= 1 && point.seq <= journal.length ? point.seq : null;
  const { path } = point;
  const isAt = (at: Path | undefined): boolean => at !== undefined && (at === path || around(at).includes(path));
  const found = journal.findIndex((event) => isAt(event.path) || (event.type === "steps.computed" && event.data.items.some((item) => isAt(item.path))));
  return found < 1 ? null : found;
}

function isEnd(event: RunEvent): boolean {
  switch (event.type) {
    case "step.completed":
    case "step.skipped":
    case "step.cancelled":
    case "model.completed":
    case "message.emitted":
    case "compensation.completed":
      return true;
    case "step.failed":
    case "model.failed":
      return event.data.retryAt === undefined;
    default:
      return false;
  }
}

/** A saga that has not ended, or a branch that can be cancelled, with a write that was begun. */
function appliedWithin(events: readonly RunEvent[], open: ReadonlyMap<Path, string>): Path | null {
  const sagas = [...open].flatMap(([path, kind]) => (kind === "saga" ? [path] : []));
  for (const event of events) {
    const { path = "" } = event;
    const writes = event.type === "step.started" && event.data.effect === "write";
    const saga = writes ? sagas.find((around) => path.startsWith(`${around}/`)) : undefined;
    if (saga !== undefined) return saga;
    const undo = event.type === "step.completed" || event.type === "message.emitted" ? event.data.undo : undefined;
    const around = undo?.within.find((id) => open.has(id.replace(/\|[^|]*$/, "")));
    if (around !== undefined) return around;
  }
  return null;
}
