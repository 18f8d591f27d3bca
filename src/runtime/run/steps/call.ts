import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { actBlock } from "../act-block.js";
import { computeBlock } from "../block.js";
import { composite } from "../composite.js";
import { flowFrame, type Frame } from "../frame.js";
import { Returned } from "../raised.js";
import type { Maker, Output, StepBody } from "../ready.js";
import { makeChildCall } from "./child-call.js";

/** The called flow's body, inlined: one run, one journal, paths below this step's; its `return` ends it alone. */
export function makeCall(maker: Maker, plan: StepPlan & { kind: "call" }): StepBody {
  if (plan.run !== undefined) return makeChildCall(maker, plan, plan.run);
  const input = maker.data(plan.with);
  const block = maker.block(plan.block, true);
  const inside = (frame: Frame, path: Path): Frame => ({ ...flowFrame(frame.run, input(frame.env), `${path}/`, frame.scope, frame.quiet), rests: frame.rests, undo: frame.undo, must: frame.must, catching: frame.catching });
  const compute = (frame: Frame, path: Path): Output => {
    try {
      return computeBlock(block, inside(frame, path));
    } catch (thrown) {
      return returned(thrown);
    }
  };
  const act = (frame: Frame, path: Path): Promise<Output> =>
    composite(frame, path, { kind: plan.kind, effect: "pure" }, (within) => actBlock(block, inside(within, path)).catch(returned));
  return block.pure ? { compute, act: null, records: false } : { compute: null, act, records: true };
}

function returned(thrown: unknown): Output {
  if (thrown instanceof Returned) return thrown.value;
  throw thrown;
}
