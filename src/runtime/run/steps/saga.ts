import type { EventMap } from "../../../core/event.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { behindPivot } from "../../saga/insist.js";
import { undoWithin } from "../../saga/undo.js";
import { openUndo, passPivot, type UndoScope } from "../../saga/undo-scope.js";
import { whyCancelled } from "../../saga/why-cancelled.js";
import { actStep, isPure } from "../act-block.js";
import { append } from "../active-run.js";
import { computeStep } from "../block.js";
import { composite } from "../composite.js";
import { openDeadline, overMessage } from "../deadline.js";
import { type Frame, inner, pathOf } from "../frame.js";
import { incident } from "../incident.js";
import { isFatal, Raised, raisedFrom, Returned } from "../raised.js";
import type { Maker, Output, ReadyBlock, ReadyStep, StepBody } from "../ready.js";
import { Cancelled, cancelScope, closeScope, openScope, throwIfCancelled } from "../scope.js";
import { keep } from "../step-end.js";

type SagaPlan = StepPlan & { readonly kind: "saga" };
type Compensating = EventMap["saga.compensating"];

/** I27: running → forward only → completed, or compensating → compensated. */
export function makeSaga(maker: Maker, plan: SagaPlan): StepBody {
  const block = maker.block(plan.block);
  const act = (frame: Frame, path: Path): Promise<Output> => {
    const begun = frame.run.past?.get(path)?.events.some(({ type }) => type === "step.started") ?? false;
    if (!begun) throwIfCancelled(frame.scope);
    return composite(frame, path, { kind: plan.kind, effect: "pure" }, (within) => runSaga(plan, block, within, path));
  };
  return { compute: null, act, records: true };
}

async function runSaga(plan: SagaPlan, block: ReadyBlock, frame: Frame, path: Path): Promise<Output> {
  const limit = plan.timeout === undefined ? null : openDeadline(frame, path, plan.timeout, "timeout");
  const scope = openScope(limit?.scope ?? frame.scope);
  const saga = openUndo(path, frame.undo, scope, plan.onUnknown ?? null, () => limit?.close());
  const known = compensating(frame, path);
  // I28: what is recorded is looked up, and what is in doubt settled; nothing new starts.
  if (known !== null) cancelScope(scope, "saga");
  const inside = inner({ ...frame, undo: saga, must: null, catching: [] }, block, `${path}/`, { scope });
  /** I8: once it is decided that the time is over, a later end of a step does not count; a pivot's does. */
  const isOver = (): boolean => limit !== null && limit.scope.cancelled?.scope === limit.scope && !saga.forwardOnly;
  /** What was cancelled while its last write ended is undone, unless its end was recorded before. */
  const cutOff = (): Cancelled | null => (saga.forwardOnly || isFinished(frame, path) ? null : scope.cancelled);
  const timeout = (): Compensating => ({ cause: { code: "timeout", message: overMessage(plan.timeout ?? 0), step: path, attempts: 1 } });
  const goForward = async (): Promise<{ readonly output: Output } | { readonly because: Compensating }> => {
    try {
      const output = await forward(saga, block, inside, path);
      if (known !== null) return { because: known };
      const cut = cutOff();
      if (cut !== null) throw cut;
      return { output };
    } catch (thrown) {
      if (isFatal(thrown)) throw thrown;
      if (known !== null) return { because: known };
      const end = thrown instanceof Returned ? (cutOff() ?? thrown) : thrown;
      if (end instanceof Returned) finish(frame, path, "completed");
      // I29: the saga around it is undone too, and in one order with this one.
      if (end instanceof Returned || (end instanceof Cancelled && frame.undo !== null && frame.undo.scope.cancelled === end)) throw end;
      return { because: isOver() && end instanceof Cancelled ? timeout() : because(end, path) };
    }
  };
  try {
    const end = await goForward();
    if ("because" in end) return await compensate(frame, path, known, end.because);
    finish(frame, path, "completed");
    return end.output;
  } finally {
    limit?.close();
    closeScope(scope);
  }
}

const because = (thrown: unknown, path: Path): Compensating => (thrown instanceof Cancelled ? { cause: whyCancelled(thrown), cancelled: true } : { cause: raisedFrom(thrown, path).error });

async function compensate(frame: Frame, path: Path, known: Compensating | null, made: Compensating): Promise<never> {
  const { run } = frame;
  if (known === null) append(run, "saga.compensating", path, made);
  const { cause, cancelled } = known ?? made;
  await undoWithin(frame, [path], { cause, isRecorded: true });
  finish(frame, path, "compensated");
  if (cancelled === true && frame.scope.cancelled !== null) throw frame.scope.cancelled;
  throw new Raised({ code: "compensated", message: `undone: ${cause.message}`, step: path, attempts: 1, cause });
}

const isFinished = ({ run }: Frame, path: Path): boolean => run.past?.get(path)?.events.some(({ type }) => type === "saga.finished") ?? false;

function finish(frame: Frame, path: Path, status: "completed" | "compensated"): void {
  if (!isFinished(frame, path)) append(frame.run, "saga.finished", path, { status });
}

function compensating({ run }: Frame, path: Path): Compensating | null {
  for (const event of run.past?.get(path)?.events ?? []) if (event.type === "saga.compensating") return event.data;
  return null;
}

/** The saga's own list, and its value. */
async function forward(saga: UndoScope, block: ReadyBlock, frame: Frame, path: Path): Promise<Output> {
  let output: Output;
  for (const step of block.steps) output = await insist(saga, frame, path, step.id, () => runOne(saga, step, frame), (resolved) => keep(step, frame, pathOf(frame, step), resolved, "failed"));
  const { value } = block;
  return value === null ? output : insist(saga, frame, path, "value", async () => value(frame.env), (resolved) => resolved);
}

async function runOne(saga: UndoScope, step: ReadyStep, frame: Frame): Promise<Output> {
  const at = step.pivot ? shielded(frame, step) : behindPivot(frame);
  const output = isPure(step) ? computeStep(step, at) : await actStep(step, at);
  // Also where all of a saga inside is recorded, and nobody has looked into it.
  if (step.pivotal) passPivot(saga);
  return output;
}

/** I32: from its intent on nothing cancels it. One that was begun is brought to its end. */
function shielded(frame: Frame, step: ReadyStep): Frame {
  const begun = frame.run.past?.get(pathOf(frame, step))?.events.some(({ type }) => type === "step.started" || type === "message.emitted") ?? false;
  if (!begun) throwIfCancelled(frame.scope);
  return { ...frame, scope: openScope(null) };
}

/** I32: behind the pivot a failure that no tool has asked an operator about (an expression, a loop that is exhausted) stops here. */
async function insist(saga: UndoScope, frame: Frame, path: Path, what: string, work: () => Promise<Output>, resolved: (output: Output) => Output): Promise<Output> {
  try {
    return await work();
  } catch (thrown) {
    if (!saga.forwardOnly) throw thrown;
    // The saga's own value is no step: its error is not raised yet.
    const { message } = raisedFrom(thrown, path);
    for (;;) {
      const resolution = await incident({ ...frame, scope: openScope(null) }, path, "forward", `\`${what}\` failed behind the pivot, and there is no way back: ${message}; trying again gives the same`);
      if (resolution.action !== "retry") return resolved(resolution.action === "resolve" ? resolution.output : undefined);
    }
  }
}
