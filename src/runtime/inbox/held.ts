import type { EventMap, EventType, RunEvent, Wait } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { afterReopening } from "../run/reopen.js";

/** What somebody outside can end. */
export type Held = "ask" | "incident";

/** What an event opens or closes. Times and signals are no place to answer at. */
export function follow(held: Map<Path, Held>, type: EventType, path: Path | null, data: EventMap[EventType]): void {
  if (path === null) return;
  switch (type) {
    case "wait.opened":
      if ("kind" in data && data.kind === "ask") held.set(path, "ask");
      return;
    case "incident.opened":
      held.set(path, "incident");
      return;
    case "incident.resolved":
    case "signal.received":
    case "timer.fired":
    case "step.completed":
    case "step.failed":
    case "step.skipped":
    case "step.cancelled":
      held.delete(path);
      return;
    default:
  }
}

/** The same of a journal; of an ask with what it wants. */
export function heldOf(events: readonly RunEvent[]): Map<Path, Held> {
  const held = new Map<Path, Held>();
  for (const { type, path, data } of afterReopening(events).events) follow(held, type, path ?? null, data);
  return held;
}

export const askAt = (events: readonly RunEvent[], path: Path): Wait | null => {
  const opened = events.findLast((event) => event.type === "wait.opened" && event.path === path);
  return opened?.type === "wait.opened" && opened.data.kind === "ask" ? opened.data : null;
};
