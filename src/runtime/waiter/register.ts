import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan } from "../../core/plan/step.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import type { Env } from "../../expr/evaluate.js";
import type { Frame } from "../run/frame.js";
import { messageName } from "./message-name.js";
import { type PlacedWaiter, waiterPlaces } from "./places.js";

/** I14: what goes with the admission, so that no message that comes after it is missed. */
export function waitersAtAdmission(plan: FlowPlan, run: RunId, input: Json): readonly IndexOp[] {
  const { atAdmission } = waiterPlaces(plan);
  return atAdmission.flatMap((waiter) => opOf(waiter, { input, run: { id: run, flow: plan.id, version: plan.release } }) ?? []);
}

/** Before the step of that index: its waiters become durable with the next event, so before what may bring their messages. */
export function registerBefore(frame: Frame, block: BlockPlan, at: number): void {
  const places = waiterPlaces(frame.run.ctx.plan);
  for (const waiter of places.before.get(block)?.get(at) ?? []) {
    // Those of the admission went with it; a run that failed before failed runs kept theirs has none left.
    if (frame.run.ctx.history.reopened === null && places.atAdmission.includes(waiter)) continue;
    register(frame, waiter);
  }
}

/** Again is harmless; one that is over is left out. */
export function register({ run, env }: Frame, waiter: PlacedWaiter): void {
  const op = opOf(waiter, env);
  if (op === null || op.op !== "waiter.put") return;
  if (!waiter.repeats && run.signals.taken.has(messageName(op.wait, op.key))) return;
  run.registering.push(op);
}

/** Null: what the key reads is not there; the step itself will say so when it is reached. */
function opOf({ topic, wait, key }: PlacedWaiter, env: Env): IndexOp | null {
  try {
    return { op: "waiter.put", topic, key: key(env), wait };
  } catch (thrown) {
    if (thrown instanceof StepError) return null;
    throw thrown;
  }
}
