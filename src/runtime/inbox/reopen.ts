import type { RunEvent } from "../../core/event.js";
import type { RequestOutcome } from "../../core/ports/operator.js";
import type { RunRow } from "../../core/ports/store.js";
import type { Path } from "../../core/run-id.js";
import { isFailure } from "../run/reopen.js";
import { isUnusable } from "../run/try-tool.js";
import { refused } from "./outcome.js";

/** Where a failed run goes on, or why it cannot (I6): only a failure that is certainly not applied may run again. */
export function reopenAt({ run, status }: RunRow, events: readonly RunEvent[]): { readonly path: Path } | RequestOutcome {
  if (status === null) return refused("invalid", `run ${run} has not ended`);
  if (status !== "failed") return refused("ended", `run ${run} has ended: ${status}; only a failed run can go on`);
  const [admitted] = events;
  const parent = admitted?.type === "run.admitted" ? admitted.data.parent : undefined;
  // What it did now nobody would undo, nor read.
  if (parent?.waits === true) return refused("invalid", `run ${run} cannot go on: run ${parent.run}, which waited for it, has heard that it failed; retry that one`);
  const cannot = (why: string): RequestOutcome => refused("invalid", `run ${run} cannot go on: ${why}; start it again from its message with \`flowctl runs retry ${run} --new\``);
  const finished = events.findLast(({ type }) => type === "run.finished");
  const path = finished?.type === "run.finished" ? finished.data.error?.step : undefined;
  if (path === undefined) return cannot("it failed as a whole, not at a step");
  const failure = events.findLast((event) => event.path === path && isFailure(event));
  if (failure?.type !== "step.failed") return cannot(`the journal does not hold \`${path}\` on its own`);
  if (failure.data.outcome === "unknown") return cannot(`whether \`${path}\` was applied is unknown`);
  if (events.some((event) => event.seq > failure.seq && event.path !== path && event.type === "step.failed" && isFailure(event) && event.data.error.step === event.path)) return cannot("several steps failed");
  // It would go on with the outputs of writes that are not there any more.
  const undone = events.find((event) => event.seq > failure.seq && event.type === "compensation.started");
  if (undone?.type === "compensation.started") return cannot(`what \`${undone.data.of}\` did has been undone since`);
  const dispatched = events.find((event) => event.type === "step.dispatched" && event.path === path);
  // A new run of its own would have new keys, and what the failed one has written would be written again.
  if (dispatched?.type === "step.dispatched") return cannot(`the run ${dispatched.data.child} that \`${path}\` waited for has failed`);
  const begun = events.find((event) => event.type === "step.started" && event.path === path);
  const { kind, effect } = begun?.type === "step.started" ? begun.data : { kind: "tool", effect: "pure" };
  // A write under another key would be a second one.
  if (kind === "tool" && effect === "write" && isUnusable(failure.data.error.code)) return cannot(`\`${path}\` was applied, and its answer cannot be used`);
  if (kind === "agent") return agentAt(path, failure.seq, events) ?? cannot(`the agent of \`${path}\` has called tools that write`);
  return kind === "tool" ? { path } : cannot(`\`${path}\` (${kind}) failed as a whole`);
}

/** At the model call that failed it, with all that is recorded before; else from its start, if it has changed nothing. */
function agentAt(path: Path, seq: number, events: readonly RunEvent[]): { readonly path: Path } | null {
  const inside = events.filter((event) => event.seq < seq && event.path?.startsWith(`${path}~`) === true);
  const last = inside.findLast(({ type }) => type === "model.completed" || type === "model.failed");
  if (last?.path !== undefined && last.type === "model.failed" && isFailure(last)) return { path: last.path };
  return inside.some((event) => event.type === "step.started" && event.data.effect === "write") ? null : { path };
}
