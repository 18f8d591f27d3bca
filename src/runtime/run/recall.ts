import type { FlowError } from "../../core/errors.js";
import type { RunEvent } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { type ActiveRun, type Note } from "./active-run.js";
import type { Output } from "./ready.js";

export type Recalled =
  | { readonly end: "completed"; readonly output: Output; /** Made where somebody reads `info`. */ readonly note: () => Note; readonly inHash: string | null }
  | { readonly end: "skipped" | "cancelled" }
  | { readonly end: "failed"; readonly error: FlowError; readonly unknown: boolean };

/** The one terminal event of a path, as far as the journal of earlier processes holds it (I9). */
export function recall(run: ActiveRun, path: Path): Recalled | null {
  const entry = run.past?.get(path);
  if (entry === undefined) return null;
  if (entry.computed !== null) {
    if (entry.computed.skipped === true) return { end: "skipped" };
    return { end: "completed", output: entry.computed.output, note: PURE, inHash: null };
  }
  for (const event of entry.events) {
    const end = terminal(run, path, event);
    if (end !== null) return end;
  }
  return null;
}

const PURE = (): Note => ({ attempts: 1, ms: 0, usd: 0 });

function terminal(run: ActiveRun, path: Path, event: RunEvent): Recalled | null {
  switch (event.type) {
    case "step.completed":
      return {
        end: "completed",
        output: event.data.output,
        note: () => ({ attempts: event.data.attempt, ms: event.data.ms, usd: spentAt(run, path) }),
        inHash: event.data.inHash ?? null,
      };
    case "step.failed":
      return event.data.retryAt === undefined ? { end: "failed", error: event.data.error, unknown: event.data.outcome === "unknown" } : null;
    case "step.skipped":
      return { end: "skipped" };
    case "step.cancelled":
      return { end: "cancelled" };
    // An emit's output is the message that it sent.
    case "message.emitted":
      return { end: "completed", output: event.data.payload, note: PURE, inHash: null };
    default:
      return null;
  }
}

/** An agent's model calls stand at `~1`, `~2`, … below its path. */
function spentAt(run: ActiveRun, path: Path): number {
  let usd = 0;
  for (let call = 1; ; call += 1) {
    const entry = run.past?.get(`${path}~${call}`);
    if (entry === undefined) return usd;
    for (const event of entry.events) {
      if (event.type === "model.completed" || event.type === "model.failed") usd += event.data.usd ?? 0;
    }
  }
}
