import type { RunId } from "../../../core/run-id.js";
import { forgetEffects } from "./rows.js";
import type { Tables } from "./tables.js";

/** Ended runs that are kept whole: in a process that lives long, memory must not grow with each run. */
const KEPT = 10_000;

/**
 * Forgets the events of the run that ended longest ago. Its row stays, for creating it again must be a conflict (I17);
 * not that of a run by hand, whose id nobody makes again.
 */
export function ended(tables: Tables, id: RunId): void {
  const { runs, ended: order } = tables;
  order.add(id);
  if (order.size <= KEPT) return;
  for (const oldest of order) {
    order.delete(oldest);
    const run = runs.get(oldest);
    const [admitted] = run?.events ?? [];
    if (admitted?.type === "run.admitted" && admitted.data.source === null) runs.delete(oldest);
    forgetEffects(tables, oldest);
    run?.events.splice(0);
    run?.entries.clear();
    return;
  }
}
