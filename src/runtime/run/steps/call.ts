import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { actBlock } from "../act-block.js";
import { append } from "../active-run.js";
import { computeBlock } from "../block.js";
import { flowFrame, type Frame } from "../frame.js";
import { Returned } from "../raised.js";
import type { Maker, Output, StepBody } from "../ready.js";

/** The called flow's body, inlined: one run, one journal, paths below this step's; its `return` ends it alone. */
export function makeCall(maker: Maker, plan: StepPlan & { kind: "call" }): StepBody {
  const input = maker.data(plan.with);
  const block = maker.block(plan.block, "fresh");
  const inside = (frame: Frame, path: Path, quiet: boolean): Frame => flowFrame(frame.run, input(frame.env), `${path}/`, frame.scope, quiet);
  const compute = (frame: Frame, path: Path): Output => {
    try {
      return computeBlock(block, inside(frame, path, true));
    } catch (thrown) {
      return returned(thrown);
    }
  };
  const act = async (frame: Frame, path: Path): Promise<Output> => {
    let output: Output;
    try {
      output = await actBlock(block, inside(frame, path, frame.quiet));
    } catch (thrown) {
      output = returned(thrown);
    }
    append(frame.run, "step.completed", path, { attempt: 1, ms: 0, ...(output === undefined ? {} : { output }) });
    return output;
  };
  return block.pure ? { compute, act: null, records: false } : { compute: null, act, records: true };
}

function returned(thrown: unknown): Output {
  if (thrown instanceof Returned) return thrown.value;
  throw thrown;
}
