import type { RunEvent } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { spentElsewhere } from "../agent/lend.js";
import { openHolds } from "../agent/open-holds.js";
import { heldOf } from "../inbox/held.js";
import { unsettledWrites } from "../inbox/unsettled.js";
import { openLocks } from "../lock/hold.js";
import type { Spent } from "../run/history.js";
import { isSignalTaking } from "../run/signals.js";
import { overIn } from "./over.js";

/** A journal, or what is left of it without what replay comes by no more; `spent` by what is left out. */
export interface Lasting {
  readonly events: readonly RunEvent[];
  readonly spent: Spent;
}

/**
 * I5, I39: replay skips the inside of a composite that has ended, and passes of a loop that are done. Everything else
 * stays, and of what is skipped: messages, what can still be undone and what an undo has done, signals by their ids, and
 * whatever is open. Null where a failed run went on: what counts of its journal is known from all of it (I6).
 */
export function lastingOf({ events, spent }: Lasting): Lasting | null {
  if (events.some(({ type }) => type === "run.reopened")) return null;
  const isOver = overIn(events);
  const latest = latestOf(events);
  const open = new Set<Path>([...heldOf(events).keys(), ...unsettledWrites(events), ...openLocks(events).map(({ path }) => path), ...openHolds(events).keys()]);
  const taken = new Set<string>();
  for (const event of events) if (isSignalTaking(event) && isOver(event.path ?? "")) taken.add(String(event.data.value));
  const last = events.at(-1);
  const gone = { ...spent, away: { ...spent.away } };
  const kept: RunEvent[] = [];
  for (const event of events) {
    const { type, path, data } = event;
    if (event === last) {
      // It says how long the journal is.
      kept.push(event);
    } else if (type === "steps.computed") {
      const items = data.items.filter((item) => isOfUndo(item.path) || !isOver(item.path));
      if (items.length > 0) kept.push(items.length === data.items.length ? event : { ...event, data: { items } });
    } else if (type === "signal.received" && path === undefined && taken.has(data.id)) {
      const elsewhere = spentElsewhere(event);
      gone.away.tokens += elsewhere.tokens;
      gone.away.usd += elsewhere.usd;
      // By its id it is known when it comes once more.
      kept.push({ ...event, data: { ...data, payload: null } });
    } else if (path === undefined || open.has(path) || outlasts(event, isOver) || !isOver(path)) {
      if (!ONLY_LATEST.has(type) || latest.has(event)) kept.push(event);
    } else if (type === "model.completed" || type === "model.failed") {
      gone.in += data.usage?.in ?? 0;
      gone.out += data.usage?.out ?? 0;
      gone.usd += data.usd ?? 0;
    }
  }
  return { events: kept, spent: gone };
}

/** Of these the last one at a path says all. */
const ONLY_LATEST: ReadonlySet<RunEvent["type"]> = new Set(["run.owned", "run.parked", "loop.advanced"]);

function latestOf(events: readonly RunEvent[]): ReadonlySet<RunEvent> {
  const byPlace = new Map<string, RunEvent>();
  for (const event of events) if (ONLY_LATEST.has(event.type)) byPlace.set(`${event.type} ${event.path ?? ""}`, event);
  return new Set(byPlace.values());
}

/** What stays, also of what is over. */
function outlasts(event: RunEvent, isOver: (path: Path) => boolean): boolean {
  if (isOfUndo(event.path ?? "")) return true;
  switch (event.type) {
    case "message.emitted":
    case "code.changed":
      return true;
    case "step.completed": {
      const [outermost] = event.data.undo?.within ?? [];
      // I29: as long as the outermost of what it is undone with goes on.
      return event.data.undo !== undefined && (outermost === undefined || !isOver(`${outermost.replace(/\|\d+$/, "")}/`));
    }
    case "step.decided":
      return isSignalTaking(event);
    default:
      return false;
  }
}

/** An undo stands below what it undoes, and begins when that is over. */
const isOfUndo = (path: Path): boolean => path.includes("!undo");
