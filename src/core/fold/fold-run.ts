import type { RunEvent } from "../event.js";
import type { Path } from "../run-id.js";
import { foldStep, newStep, withNote } from "./fold-step.js";
import { parentOf } from "./parent-path.js";
import type { EmittedView, RunView, StepStatus, StepView } from "./run-view.js";

/**
 * The run after these events. What is not newer than the view is left out, so that reading and watching may overlap.
 * Costs as much as the run has steps, once a call: give it what has come, not one event at a time.
 */
export function foldRun(view: RunView, events: Iterable<RunEvent>): RunView {
  const draft: Draft = { head: view, steps: new Map(view.steps), waits: new Map(view.waits), messages: [...view.messages] };
  for (const event of events) {
    if (event.seq <= draft.head.seq) continue;
    draft.head = { ...foldHead(draft.head, event), seq: event.seq, at: event.at };
    foldParts(draft, event);
  }
  return { ...draft.head, steps: draft.steps, waits: draft.waits, messages: draft.messages };
}

interface Draft {
  head: RunView;
  readonly steps: Map<Path, StepView>;
  readonly waits: Map<Path, NonNullable<StepView["wait"]>>;
  readonly messages: EmittedView[];
}

/** What concerns the run as a whole. */
function foldHead(view: RunView, event: RunEvent): RunView {
  switch (event.type) {
    case "run.admitted":
      return { ...view, flow: event.data.flow, hash: event.data.hash, input: event.data.input, source: event.data.source, origin: event.data.origin ?? null, parent: event.data.parent ?? null, fork: event.data.fork ?? null, admittedAt: event.at };
    case "run.parked":
      return { ...view, state: "parked" };
    case "run.cancel_requested":
      return { ...awake(view), cancel: event.data };
    case "run.reopened":
      return { ...view, state: "running", error: null, finishedAt: null };
    case "run.finished": {
      const { status, output, error, usage, usd } = event.data;
      return { ...view, state: status, error: error ?? null, usage, usd, finishedAt: event.at, ...(output === undefined ? {} : { output }) };
    }
    case "model.completed":
    case "model.failed": {
      const { usage, usd } = event.data;
      return { ...awake(view), usage: { in: view.usage.in + (usage?.in ?? 0), out: view.usage.out + (usage?.out ?? 0) }, usd: view.usd + (usd ?? 0) };
    }
    case "code.changed":
      return { ...awake(view), changed: new Set([...view.changed, event.data.file]) };
    case "signal.received":
      // One that is kept for a later wait wakes nobody.
      return event.path === undefined ? view : awake(view);
    default:
      return awake(view);
  }
}

/** `run.parked` is information only (I12): whatever happens next says that the run is awake. */
const awake = (view: RunView): RunView => (view.state === "parked" ? { ...view, state: "running" } : view);

/** What concerns steps, waits and messages. */
function foldParts({ steps, waits, messages }: Draft, event: RunEvent): void {
  const { path, at } = event;
  if (event.type === "steps.computed") {
    for (const item of event.data.items) steps.set(item.path, computed(steps.get(item.path) ?? newStep(item.path, at), item, at));
    return;
  }
  if (event.type === "run.finished") {
    for (const [of, step] of steps) if (step.endedAt === null) steps.set(of, { ...step, status: event.data.status === "completed" ? "completed" : "cancelled", endedAt: at });
    waits.clear();
    return;
  }
  if (event.type === "run.parked") for (const wait of event.data.waits) waits.set(wait.path, wait);
  if (event.type === "run.reopened") reopen(steps, event.data, at);
  if (path === undefined) return;
  const step = foldStep(steps.get(path) ?? newStep(path, at), event);
  steps.set(path, step);
  if (event.type === "message.emitted") messages.push({ ...event.data, path, at });
  if (event.type === "wait.opened") waits.set(path, event.data);
  else if (event.type === "incident.opened") waits.set(path, { kind: "incident", path, question: event.data.message });
  else if (!isWaiting(step.status)) waits.delete(path);
}

const isWaiting = (status: StepStatus): boolean => status === "waiting" || status === "incident" || status === "retrying";

/** I6: a step runs again under a path of its own, and its failure stays; what stands around it is not over. */
function reopen(steps: Map<Path, StepView>, { path, by }: { readonly path: Path; readonly by: string }, at: number): void {
  const failed = steps.get(path);
  if (failed !== undefined) steps.set(path, withNote(failed, at, `reopened by ${by}`));
  for (let around = parentOf(path.replace(/\^\d+$/, "")); around !== ""; around = parentOf(around)) {
    const step = steps.get(around);
    if (step !== undefined) steps.set(around, { ...step, status: "running", endedAt: null, error: null });
  }
}

/** Pure steps are told of when they are over; a switch first with the case that it took (I41). */
function computed(step: StepView, item: { readonly output?: StepView["output"]; readonly skipped?: true; readonly taken?: number }, at: number): StepView {
  if (item.taken !== undefined) return { ...step, kind: "switch", taken: item.taken };
  const status = item.skipped === true ? "skipped" : "completed";
  return { ...step, status, endedAt: at, ...(item.output === undefined ? {} : { output: item.output }) };
}
