import type { RunEvent } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { afterReopening } from "../run/reopen.js";

/** Writes that were sent and of which nobody knows whether they happened (I20). */
export function unsettledWrites(events: readonly RunEvent[]): ReadonlySet<Path> {
  const open = new Set<Path>();
  for (const event of afterReopening(events).events) {
    const { path } = event;
    if (path === undefined) continue;
    switch (event.type) {
      case "step.started":
        // A composite is over when its tools are.
        if (event.data.kind === "tool" && event.data.effect === "write") open.add(path);
        break;
      case "step.failed":
        if (event.data.outcome === "not_applied" || event.data.retryAt === undefined) open.delete(path);
        break;
      case "step.completed":
      case "step.skipped":
      case "step.cancelled":
      case "step.verified":
      case "incident.resolved":
        open.delete(path);
        break;
      default:
    }
  }
  return open;
}
