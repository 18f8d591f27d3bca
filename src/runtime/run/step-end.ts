import { StepError } from "../../core/errors.js";
import type { Path } from "../../core/run-id.js";
import { append, type Note } from "./active-run.js";
import type { Frame } from "./frame.js";
import { Raised, raisedFrom } from "./raised.js";
import { recall } from "./recall.js";
import type { Output, ReadyStep } from "./ready.js";
import { throwIfCancelled } from "./scope.js";

/** What the record says of the step: skipped, ended with an output, or nothing. A recorded failure is raised again. */
export function remembered(step: ReadyStep, frame: Frame, path: Path): { readonly skipped: boolean; readonly output: Output } | null {
  if (frame.run.past === null || frame.quiet) return null;
  const found = recall(frame.run, path);
  if (found === null) return null;
  switch (found.end) {
    case "skipped":
      return { skipped: true, output: undefined };
    case "failed":
      step.resume?.(frame, path);
      throw new Raised(found.error, path, found.unknown);
    case "cancelled":
      throwIfCancelled(frame.scope);
      return null;
    case "completed":
      step.resume?.(frame, path);
      // I7: a call compares its input with the recorded one first.
      if (CALLS.has(step.kind) && found.inHash !== null) return null;
      if (frame.info !== null) frame.run.notes.set(path, found.note());
      return { skipped: false, output: found.output };
  }
}

/** The step's output becomes visible to the steps after it. */
export function keep(step: ReadyStep, frame: Frame, path: Path, output: Output, status: "completed" | "failed"): Output {
  if (output !== undefined) frame.steps[step.id] = output;
  if (frame.info !== null) {
    const note: Note = frame.run.notes.get(path) ?? { attempts: 1, ms: 0, usd: 0 };
    frame.run.notes.delete(path);
    const agent = agentOf(step, frame);
    frame.info[step.id] = { status, ...(agent === undefined ? {} : { agent }), ...note };
  }
  return output;
}

/** Undefined: it is no agent's, or it was its `pick` that failed. */
function agentOf(step: ReadyStep, frame: Frame): string | undefined {
  try {
    return step.agent?.(frame);
  } catch (thrown) {
    if (thrown instanceof StepError) return undefined;
    throw thrown;
  }
}

export function skip(step: ReadyStep, frame: Frame, path: Path, recorded: boolean): undefined {
  if (!recorded && !frame.quiet) frame.run.pending.push({ path, skipped: true });
  if (frame.info !== null) frame.info[step.id] = { status: "skipped", attempts: 0, ms: 0, usd: 0 };
}

/** The step's failure as an event, once (I9), and as what `catch` sees. */
export function failed(frame: Frame, path: Path, thrown: unknown): Raised {
  const raised = raisedFrom(thrown, path);
  if (raised.recorded !== path && !frame.quiet) {
    append(frame.run, "step.failed", path, { attempt: 1, error: raised.error, outcome: "not_applied" });
    raised.recorded = path;
  }
  return raised;
}

/** Kinds that go the way of `callTool`. */
const CALLS: ReadonlySet<ReadyStep["kind"]> = new Set(["tool", "get", "put"]);
