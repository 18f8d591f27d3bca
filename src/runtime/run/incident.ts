import type { RunEvent } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { Path } from "../../core/run-id.js";
import { append } from "./active-run.js";
import type { Frame } from "./frame.js";
import { durableWait } from "./wait.js";

/** How an operator lets the run go on. */
export type Resolution = { readonly action: "retry" } | { readonly action: "skip" } | { readonly action: "resolve"; readonly output: Json };

/**
 * Stops the run here until an operator says how it goes on. Nothing cancels it: what nobody knows has to be settled first.
 * `isNew`: it is about an attempt of this process, so the record holds none of it.
 */
export async function incident(frame: Frame, path: Path, kind: string, message: string, isNew = false): Promise<Resolution> {
  const { run } = frame;
  const past = isNew ? [] : (run.past?.get(path)?.events ?? []);
  // I21: what was said of an earlier attempt says nothing of the one that is in doubt now.
  const since = kind === "unknown" ? (past.findLast(({ type }) => type === "step.started" || type === "step.failed")?.seq ?? -1) : -1;
  const opened = past.find((event) => event.type === "incident.opened" && event.data.kind === kind && event.seq > since && !run.incidents.has(event.seq));
  if (opened === undefined) append(run, "incident.opened", path, { kind, message });
  else run.incidents.add(opened.seq);
  const known = opened === undefined ? undefined : past.find((event) => event.type === "incident.resolved" && event.seq > opened.seq);
  return resolutionOf(known ?? (await durableWait(frame, path, { kind: "incident", path, question: message })));
}

function resolutionOf(event: RunEvent): Resolution {
  if (event.type !== "incident.resolved") return { action: "retry" };
  const { action, output } = event.data;
  return action === "resolve" ? { action, output: output ?? null } : { action };
}
