import { type FlowError, StepError } from "../../core/errors.js";
import type { Path } from "../../core/run-id.js";
import { throwIfCancelled } from "./scope.js";
import { type Frame, inner, pathOf } from "./frame.js";
import { withNow } from "./now.js";
import { Raised, raisedFrom, Returned } from "./raised.js";
import type { Output, ReadyBlock, ReadyCatch, ReadyStep } from "./ready.js";
import { checkSize } from "./output-size.js";
import { failed, keep, remembered, skip } from "./step-end.js";

/** A block of pure steps, at once: without promises, for it is what a pure flow costs (I41, I42). */
export function computeBlock(block: ReadyBlock, frame: Frame): Output {
  if (block.catches === null) return computeSteps(block, frame);
  try {
    return computeSteps(block, frame);
  } catch (thrown) {
    return computeCatch(block.catches, { ...frame, autoPrefix: `${frame.autoPrefix}!catch/` }, raisedIn(frame, thrown));
  }
}

/** The path of a block, for what is its own: its time limit, its lock, its value. */
export const ownPath = ({ autoPrefix }: Frame): Path => autoPrefix.replace(/\/$/, "");

/** `error` of a clause. Its `step` is text in every clause: what ended the flow as a whole has none. */
export const errorVar = ({ error }: Raised): { readonly error: FlowError } => ({ error: { step: "", ...error } });

/** What the block's own `catch` sees: an error of its steps, or of its value or its lock. */
export function raisedIn(frame: Frame, thrown: unknown): Raised {
  if (thrown instanceof Raised || thrown instanceof StepError) return raisedFrom(thrown, ownPath(frame));
  throw thrown;
}

function computeSteps(block: ReadyBlock, frame: Frame): Output {
  let output: Output;
  for (const step of block.steps) output = computeStep(step, frame);
  return block.value === null ? output : block.value(frame.env);
}

export function computeStep(step: ReadyStep, outer: Frame): Output {
  const path = pathOf(outer, step);
  let frame = outer;
  try {
    const memo = remembered(step, frame, path);
    if (memo !== null) {
      if (memo.skipped) return skip(step, frame, path, true);
      if (step.kind === "return") throw new Returned(memo.output ?? null);
      return keep(step, frame, path, memo.output, "completed");
    }
    throwIfCancelled(frame.scope);
    if (step.readsNow) frame = withNow(frame, path);
    if (step.when !== null && step.when(frame.env) !== true) return skip(step, frame, path, false);
    const output = compute(step, frame, path);
    if (!step.records) checkSize(output);
    if (!step.records && !frame.quiet) frame.run.pending.push(output === undefined ? { path } : { path, output });
    return keep(step, frame, path, output, "completed");
  } catch (thrown) {
    const raised = failed(frame, path, thrown);
    if (step.catches === null) throw raised;
    return caught(step, frame, path, raised, (catches, below) => computeCatch(catches, below, raised));
  }
}

function compute(step: ReadyStep, frame: Frame, path: Path): Output {
  if (step.compute === null) throw new TypeError(`step ${path} is not pure`);
  return step.compute(frame, path);
}

/** The value of the clause becomes the step's output. It is recorded beside the step's failure, at `!catch`. */
function caught(step: ReadyStep, frame: Frame, path: Path, raised: Raised, run: (catches: ReadyCatch, below: Frame) => Output): Output {
  const { catches } = step;
  if (catches === null) throw raised;
  const at = `${path}!catch`;
  const memo = frame.quiet ? undefined : frame.run.past?.get(at)?.computed;
  if (memo) return keep(step, frame, path, memo.output, "failed");
  const output = run(catches, catchFrame(step, frame, path));
  recordCatch(frame, at, output);
  return keep(step, frame, path, output, "failed");
}

export const catchFrame = (step: ReadyStep, frame: Frame, path: Path): Frame => ({
  ...frame,
  ...(step.caught === undefined ? {} : { env: step.caught(frame, path) }),
  prefix: `${path}/`,
  autoPrefix: `${path}!catch/`,
});

export function recordCatch(frame: Frame, at: Path, output: Output): void {
  if (!frame.quiet) frame.run.pending.push(output === undefined ? { path: at } : { path: at, output });
}

/** The first clause that names the code. An error inside a clause goes on. */
export function computeCatch(catches: ReadyCatch, frame: Frame, raised: Raised): Output {
  const clause = matching(catches, raised);
  return computeBlock(clause, inner(frame, clause, frame.prefix, { autoPrefix: frame.autoPrefix, vars: errorVar(raised) }));
}

export function matching(catches: ReadyCatch, raised: Raised): ReadyBlock {
  const found = catches.clauses.find(({ codes }) => codes === null || codes.has(raised.error.code));
  if (found === undefined) throw raised;
  return found.block;
}
