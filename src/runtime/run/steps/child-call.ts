import { StepError } from "../../../core/errors.js";
import type { RunEvent, Wait } from "../../../core/event.js";
import { isJsonObject, type Json } from "../../../core/json.js";
import type { ChildCall, StepPlan } from "../../../core/plan/step.js";
import type { Path, RunId } from "../../../core/run-id.js";
import { childRunId } from "../../child/child-id.js";
import { endName, errorOf, taskMessage } from "../../child/task.js";
import { undoRecord } from "../../saga/ledger.js";
import { append, type ActiveRun } from "../active-run.js";
import type { Frame } from "../frame.js";
import { idempotencyKey } from "../idempotency-key.js";
import { Raised } from "../raised.js";
import type { Maker, Output, StepBody } from "../ready.js";
import { Cancelled, openScope, throwIfCancelled } from "../scope.js";
import { takenAt, takeSignal, type Signal } from "../signals.js";
import { durableWait } from "../wait.js";

/**
 * A run of its own (I25). Its id is made of this one's and the path, and it is admitted after this step's item is
 * durable: so there is one, whichever process ends when. A call that waits parks; what cancels it cancels the run, and it
 * ends when the run has.
 */
export function makeChildCall(maker: Maker, plan: StepPlan & { kind: "call" }, call: ChildCall): StepBody {
  const input = maker.data(plan.with);
  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const { run } = frame;
    const { clock } = run.ctx.ports;
    const events = run.past?.get(path)?.events ?? [];
    const before = events.find((event) => event.type === "step.dispatched");
    const began = before?.at ?? clock.now();
    if (before === undefined) throwIfCancelled(frame.scope);
    const child = before?.type === "step.dispatched" ? before.data.child : dispatch(frame, path, plan, call, input(frame.env));
    const complete = (output: Json): Output => {
      const done = { attempt: 1, ms: Math.max(clock.now() - began, 0), output };
      const { undo } = frame;
      if (undo === null || undo.forwardOnly || plan.compensate === undefined) append(run, "step.completed", path, done);
      else {
        const record = undoRecord(undo, plan.compensate, frame.env, idempotencyKey(run.ctx.keyRun, path));
        append(run, "step.completed", path, { ...done, undo: record });
        run.ledger.push({ of: path, undo: record, output });
      }
      return output;
    };
    if (call.detached === true) return complete({ run: child });
    const { payload } = (await endOf(frame, path, child, events)).data;
    const { status = null, output = null, error = null } = isJsonObject(payload) ? payload : {};
    if (status === "completed") return complete(output);
    const { cancelled } = frame.scope;
    if (cancelled !== null) {
      // Its own time limit makes it a failure (I9).
      if (cancelled.scope.deadline?.path !== path) append(run, "step.cancelled", path, { reason: cancelled.reason, outcome: "not_applied" });
      throw cancelled;
    }
    if (status === "cancelled") throw new StepError("denied", `run ${child} of \`${plan.flow}\` was cancelled`);
    throw new Raised({ ...errorOf(error), step: path, attempts: 1 });
  };
  return { compute: null, act, records: true };
}

/** Its input and its place in the recursion are recorded with the task: both are one item. */
function dispatch({ run }: Frame, path: Path, { flow }: StepPlan & { kind: "call" }, { as, detached, depth }: ChildCall, input: Json): RunId {
  const { ctx } = run;
  const deep = depth === undefined ? 0 : ctx.depth + 1;
  if (depth !== undefined && deep > depth) throw new StepError("limit", `\`${flow}\` may go ${depth} runs deep`);
  const child = childRunId(ctx.run, path);
  const parent = {
    run: ctx.run,
    path,
    depth: deep,
    ...(detached === true ? {} : { waits: true as const }),
    ...(ctx.keyRun === ctx.run ? {} : { keys: childRunId(ctx.keyRun, path) }),
    ...(ctx.messageKey === null ? {} : { key: ctx.messageKey }),
  };
  append(run, "step.dispatched", path, { child, flow, ...(detached === undefined ? {} : { detached }) }, [{ op: "outbox.put", message: taskMessage(ctx.run, { do: "admit", child, plan: ctx.plan.hash, as, input, parent }) }]);
  return child;
}

/** The end of the run, also one that came before the step is reached again. */
async function endOf(frame: Frame, path: Path, child: RunId, events: readonly RunEvent[]): Promise<Signal> {
  const { run } = frame;
  const name = endName(path);
  const take = (): Signal | null => takeSignal(run, path, name);
  const known = takenAt(run, path)[0] ?? take();
  if (known !== null) return known;
  const wait: Wait = { kind: "child", path, run: child, signal: name };
  if (!events.some(({ type }) => type === "wait.opened")) append(run, "wait.opened", path, wait);
  const end = await durableWait(frame, path, wait, take).catch(async (thrown: unknown) => {
    if (!(thrown instanceof Cancelled)) throw thrown;
    const ended = take();
    if (ended !== null) return ended;
    cancelChild(run, path, child, thrown, events);
    // Whatever is under way in it is settled before this run goes on (I28).
    return durableWait({ ...frame, scope: openScope(null) }, path, wait, take);
  });
  if (end.type !== "signal.received") throw new TypeError(`run ${child} ended by ${end.type}`);
  return end;
}

function cancelChild(run: ActiveRun, path: Path, child: RunId, { message }: Cancelled, events: readonly RunEvent[]): void {
  if (events.some((event) => event.type === "step.decided" && event.data.what === CANCEL)) return;
  append(run, "step.decided", path, { what: CANCEL, value: child }, [{ op: "outbox.put", message: taskMessage(run.ctx.run, { do: "cancel", child, by: `run ${run.ctx.run}`, reason: `the call that waits for it was ${message}` }) }]);
}

const CANCEL = "cancel";
