import type { Path } from "../../core/run-id.js";
import { behindPivot, keepsCatching } from "../saga/insist.js";
import { catchFrame, computeBlock, computeStep, errorVar, matching, ownPath, raisedIn, recordCatch } from "./block.js";
import { withDeadline } from "./deadline.js";
import { type Frame, inner, pathOf } from "./frame.js";
import { registerBefore } from "../waiter/register.js";
import { leaveRecorded, withLock } from "../lock/hold.js";
import { withNow } from "./now.js";
import { checkSize } from "./output-size.js";
import { type Raised, Returned } from "./raised.js";
import type { Output, ReadyBlock, ReadyCatch, ReadyStep } from "./ready.js";
import { withRests } from "./rests.js";
import { throwIfCancelled } from "./scope.js";
import { failed, keep, remembered, skip } from "./step-end.js";

/** A block whose steps wait or act, one after the other. */
export async function actBlock(block: ReadyBlock, frame: Frame): Promise<Output> {
  if (block.pure) return computeBlock(block, frame);
  const { timeout } = block.plan;
  const { lock } = block;
  const own = ownPath(frame);
  const caught = guarded(block.catches, frame);
  const steps = (inside: Frame): Promise<Output> => actSteps(block, inside);
  const work = lock === null ? steps : (inside: Frame): Promise<Output> => withLock(inside, own, lock, { work: () => steps(inside), late: (why) => Promise.reject(new Error(why)) });
  try {
    return await (timeout === undefined ? work(caught) : withDeadline(caught, own, timeout, work, "block"));
  } catch (thrown) {
    if (block.catches === null) throw thrown;
    return actCatch(block.catches, { ...frame, autoPrefix: `${frame.autoPrefix}!catch/` }, raisedIn(frame, thrown));
  }
}

async function actSteps(block: ReadyBlock, frame: Frame): Promise<Output> {
  let output: Output;
  for (const [index, step] of block.steps.entries()) {
    if (block.registers) registerBefore(frame, block.plan, index);
    const at = behindPivot(frame);
    output = isPure(step) ? computeStep(step, at) : await actStep(step, at);
  }
  return block.value === null ? output : block.value(frame.env);
}

/** At once, without promises. What may be long has an `act` beside its `compute`. */
export const isPure = (step: ReadyStep): boolean => step.compute !== null && step.act === null && (step.catches === null || step.catches.pure);

export async function actStep(step: ReadyStep, outer: Frame): Promise<Output> {
  if (isPure(step)) return computeStep(step, outer);
  const path = pathOf(outer, step);
  let frame = outer;
  try {
    if (step.lock !== null) leaveRecorded(frame.run, path, frame.scope.cancelled !== null && !LOOKED_INTO.has(step.kind));
    const memo = remembered(step, frame, path);
    if (memo !== null) {
      if (memo.skipped) return skip(step, frame, path, true);
      return keep(step, frame, path, memo.output, "completed");
    }
    // What is cancelled is still looked up below a composite: an intent there may have to be settled (I28).
    if (!LOOKED_INTO.has(step.kind)) throwIfCancelled(frame.scope);
    if (step.readsNow) frame = withNow(frame, path);
    if (step.when !== null && step.when(frame.env) !== true) return skip(step, frame, path, false);
    const output = await run(step, guarded(step.catches, frame), path);
    if (!step.records) checkSize(output);
    if (!step.records && !frame.quiet) frame.run.pending.push(output === undefined ? { path } : { path, output });
    return keep(step, frame, path, output, "completed");
  } catch (thrown) {
    if (thrown instanceof Returned) throw thrown;
    const raised = failed(frame, path, thrown);
    if (step.catches === null) throw raised;
    return await caught(step, frame, path, raised, step.catches);
  }
}

const LOOKED_INTO: ReadonlySet<ReadyStep["kind"]> = new Set(["switch", "parallel", "map", "loop", "saga", "call", "agent", "tool", "get", "put"]);

const guarded = (catches: ReadyCatch | null, frame: Frame): Frame =>
  catches === null || !keepsCatching(frame) ? frame : { ...frame, catching: [...frame.catching, ...catches.clauses.map(({ codes }) => codes)] };

function run(step: ReadyStep, frame: Frame, path: Path): Output | Promise<Output> {
  if (step.act !== null) return step.act(frame, path);
  return step.compute === null ? undefined : step.compute(frame, path);
}

/** The value of the clause becomes the step's output, recorded beside the step's failure at `!catch`. */
async function caught(step: ReadyStep, frame: Frame, path: Path, raised: Raised, catches: ReadyCatch): Promise<Output> {
  const at = `${path}!catch`;
  const memo = frame.run.past?.get(at)?.computed;
  if (memo) return keep(step, frame, path, memo.output, "failed");
  const output = await withRests(catchFrame(step, frame, path), (within) => actCatch(catches, within, raised));
  recordCatch(frame, at, output);
  return keep(step, frame, path, output, "failed");
}

/** The first clause that names the code. An error inside a clause goes on. */
export function actCatch(catches: ReadyCatch, frame: Frame, raised: Raised): Promise<Output> {
  const clause = matching(catches, raised);
  return actBlock(clause, inner(frame, clause, frame.prefix, { autoPrefix: frame.autoPrefix, vars: errorVar(raised) }));
}
