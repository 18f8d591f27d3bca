import type { RunEvent } from "../../core/event.js";
import type { IndexOp } from "../../core/ports/store.js";
import { type Path, WHOLE_RUN } from "../../core/run-id.js";
import { untilOf } from "./shared-budget.js";

/** I36: what is held back from budgets over runs for model calls of which a journal holds no end, and how that is spent. */
export function openHolds(events: readonly RunEvent[]): ReadonlyMap<Path, IndexOp> {
  const open = new Map<Path, IndexOp>();
  for (const { type, path = WHOLE_RUN, data } of events) {
    if (type === "model.completed" || type === "model.failed") open.delete(path);
    else if (type === "model.started" && data.budget !== undefined) open.set(path, { op: "budget.settle", scope: data.budget, call: path, until: untilOf(data.budget), ...data.reserve });
  }
  return open;
}
