import type { FlowError } from "../errors.js";
import type { RunEvent, Wait } from "../event.js";
import { isJsonObject, type Json } from "../json.js";
import type { Path } from "../run-id.js";
import type { AttemptView, ModelView, StepNote, StepView } from "./run-view.js";

/** A `retry: forever` goes on for months: the last ones are kept. */
const MOST_ATTEMPTS = 50;
const MOST_NOTES = 100;

/** A step of which nothing but its path is known. */
export const newStep = (path: Path, at: number): StepView => ({
  path, kind: null, status: "running", startedAt: at, endedAt: null, attempts: [], error: null, outcome: null, notes: [], model: null, child: null, wait: null, incident: null, taken: null,
});

/** The step after one of its events. Events of a path that is over do not open it again, but those that begin something. */
export function foldStep(step: StepView, event: RunEvent): StepView {
  const { at } = event;
  switch (event.type) {
    case "step.started": {
      const { kind, attempt, input, key } = event.data;
      return { ...begun(step, attempt, at), kind, ...(input === undefined ? {} : { input }), ...(key === undefined ? {} : { key }) };
    }
    case "step.completed": {
      const { attempt, output, ms } = event.data;
      // Reads and asks have no start of their own: their end says how long they took.
      const from = step.attempts.length > 0 || step.wait !== null ? step : { ...step, startedAt: Math.min(step.startedAt, at - ms) };
      return { ...ended(from, attempt, at, null, null), status: "completed", error: null, ...(output === undefined ? {} : { output }) };
    }
    case "step.failed": {
      const { attempt, error, outcome, retryAt } = event.data;
      return failed(step, attempt, at, error, retryAt, outcome);
    }
    case "step.cancelled":
      return { ...closed(step, at), status: "cancelled", outcome: event.data.outcome, notes: noted(step, at, `cancelled: ${event.data.reason}`) };
    case "step.skipped":
      return { ...closed(step, at), status: "skipped" };
    case "step.verified":
      return { ...step, notes: noted(step, at, event.data.applied ? "verified: it had happened" : "verified: it had not happened", event.data.output) };
    case "step.dispatched": {
      const { child, flow, detached } = event.data;
      return { ...step, kind: "call", child, notes: noted(step, at, `${detached === true ? "started" : "calls"} run ${child} of ${flow}`) };
    }
    case "code.changed":
      return { ...step, notes: noted(step, at, `${event.data.file} has changed since the run began`) };
    case "step.decided":
      // The place of a lock: who has it, runs; who gives it back, is done.
      if (event.data.what === "lock") return event.data.value === "left" ? { ...step, status: "completed", endedAt: at } : { ...step, status: "running", notes: noted(step, at, "has the lock") };
      return { ...step, notes: noted(step, at, `decided: ${event.data.what}`, event.data.value) };
    case "loop.advanced":
      return { ...step, notes: noted(step, at, `iteration ${event.data.i} done`, event.data.carried.state) };
    case "model.started": {
      const { attempt, model } = event.data;
      return { ...begun(step, attempt, at), kind: "model", model: { ...(step.model ?? NO_MODEL), name: model } };
    }
    case "model.completed": {
      const { answer, usage, usd, finish } = event.data;
      const model = { ...(step.model ?? NO_MODEL), ...answerOf(answer), usage, usd: (step.model?.usd ?? 0) + usd, finish };
      return { ...ended(step, null, at, null, null), status: "completed", error: null, kind: "model", model };
    }
    case "model.failed": {
      const { error, usd, usage, retryAt } = event.data;
      const model = { ...(step.model ?? NO_MODEL), usd: (step.model?.usd ?? 0) + (usd ?? 0), ...(usage === undefined ? {} : { usage }) };
      return { ...failed(step, null, at, error, retryAt, null), kind: "model", model };
    }
    case "timer.set":
      return { ...step, notes: noted(step, at, `timer: ${event.data.why}`, event.data.due) };
    case "timer.fired":
      return { ...step, notes: noted(step, at, "timer fired") };
    case "wait.opened":
      return { ...step, kind: WAIT_KINDS[event.data.kind] ?? step.kind, status: event.data.kind === "incident" ? "incident" : "waiting", endedAt: null, wait: event.data };
    case "signal.received":
      return { ...step, status: "running", notes: noted(step, at, `${event.data.name} by ${event.data.from}`, event.data.payload) };
    case "incident.opened":
      return { ...step, status: "incident", endedAt: null, incident: event.data };
    case "incident.resolved":
      return { ...step, status: "running", notes: noted(step, at, `incident: ${event.data.action} by ${event.data.by}`, event.data.output) };
    case "saga.compensating":
      return { ...step, notes: noted(step, at, `compensating: ${event.data.cause.message}`) };
    case "saga.finished":
      return { ...step, notes: noted(step, at, event.data.status) };
    case "compensation.started":
      return { ...begun(step, event.data.attempt, at), kind: "undo", key: event.data.key };
    case "compensation.completed":
      return { ...ended(step, null, at, null, null), status: "completed", error: null };
    case "compensation.failed":
      return failed(step, null, at, event.data.error, event.data.retryAt, null);
    case "message.emitted":
      return { ...closed(step, at), kind: "emit", status: "completed", output: event.data.payload, notes: noted(step, at, `to ${event.data.topic}`) };
    case "run.admitted":
    case "run.started":
    case "run.owned":
    case "run.parked":
    case "run.cancel_requested":
    case "run.reopened":
    case "run.finished":
    case "steps.computed":
      return step;
  }
}

export const withNote = (step: StepView, at: number, text: string): StepView => ({ ...step, notes: noted(step, at, text) });

/** The kind of the step that opens a wait. */
const WAIT_KINDS: Readonly<Partial<Record<Wait["kind"], string>>> = { ask: "ask", timer: "wait", signal: "wait", message: "wait", child: "call", lock: "lock" };

const NO_MODEL: ModelView = { name: "", usage: { in: 0, out: 0 }, usd: 0, finish: null, text: null, toolCalls: [] };

const noted = (step: StepView, at: number, text: string, value?: Json): readonly StepNote[] =>
  [...step.notes, { at, text, ...(value === undefined ? {} : { value }) }].slice(-MOST_NOTES);

function begun(step: StepView, number: number, at: number): StepView {
  const attempt: AttemptView = { number, startedAt: at, endedAt: null, error: null, retryAt: null };
  return { ...step, status: "running", endedAt: null, startedAt: step.attempts.length === 0 ? at : step.startedAt, attempts: [...step.attempts, attempt].slice(-MOST_ATTEMPTS) };
}

function failed(step: StepView, number: number | null, at: number, error: FlowError, retryAt: number | undefined, outcome: StepView["outcome"]): StepView {
  const end = ended(step, number, at, error, retryAt ?? null);
  return retryAt === undefined ? { ...end, status: "failed", error, outcome } : { ...end, status: "retrying", endedAt: null, error, outcome };
}

/** Ends the open attempt; a read step never began one, and says its number here. An agent counts its model calls instead. */
function ended(step: StepView, number: number | null, at: number, error: FlowError | null, retryAt: number | null): StepView {
  const last = step.attempts.at(-1);
  const open = last !== undefined && last.endedAt === null ? last : null;
  const attempt: AttemptView = { number: open?.number ?? number ?? 1, startedAt: open?.startedAt ?? step.attempts.at(-1)?.retryAt ?? step.startedAt, endedAt: at, error, retryAt };
  const before = open === null ? step.attempts : step.attempts.slice(0, -1);
  return { ...step, endedAt: at, attempts: [...before, attempt].slice(-MOST_ATTEMPTS) };
}

/** Over, whatever its attempts did. */
function closed(step: StepView, at: number): StepView {
  return { ...step, endedAt: at, attempts: step.attempts.map((attempt) => (attempt.endedAt === null ? { ...attempt, endedAt: at } : attempt)) };
}

/** A recorded answer is the model's own JSON: nothing is taken for granted. */
function answerOf(answer: Json): Pick<ModelView, "text" | "toolCalls"> {
  const { text, toolCalls } = isJsonObject(answer) ? answer : {};
  const calls: readonly Json[] = Array.isArray(toolCalls) ? toolCalls : [];
  return {
    text: typeof text === "string" ? text : null,
    toolCalls: calls.map((call) => (isJsonObject(call) ? { name: String(call["name"]), args: call["args"] ?? null } : { name: "", args: call })),
  };
}
