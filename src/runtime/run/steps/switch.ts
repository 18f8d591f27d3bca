import type { StepPlan } from "../../../core/plan/step.js";
import { actBlock } from "../act-block.js";
import { computeBlock } from "../block.js";
import { composite } from "../composite.js";
import { inner, type Frame } from "../frame.js";
import type { Maker, Output, ReadyBlock, StepBody } from "../ready.js";
import type { Path } from "../../../core/run-id.js";

type SwitchPlan = StepPlan & { readonly kind: "switch" };

export function makeSwitch(maker: Maker, plan: SwitchPlan): StepBody {
  const cases = plan.cases.map(({ block }) => maker.block(block));
  const tests = plan.cases.map(({ when }) => (when === undefined ? null : maker.expr(when)));
  const inside = (frame: Frame, path: Path, block: ReadyBlock): Frame => inner(frame, block, `${path}/`);

  /** A case that was taken is taken again on replay (I41). */
  const take = (frame: Frame, path: Path): number => {
    const test = (): number => tests.findIndex((one) => one === null || one(frame.env) === true);
    if (frame.quiet) return test();
    const { past, taken, pending } = frame.run;
    const known = past?.get(path)?.taken ?? taken.get(path);
    if (known !== undefined) return known;
    const found = test();
    taken.set(path, found);
    pending.push({ path, taken: found });
    return found;
  };
  if (cases.every((block) => block.pure)) {
    const compute = (frame: Frame, path: Path): Output => {
      const block = cases[take(frame, path)];
      return block === undefined ? undefined : computeBlock(block, inside(frame, path, block));
    };
    return { compute, act: null, records: false, take };
  }
  const act = async (frame: Frame, path: Path): Promise<Output> => {
    // Before its start is recorded, as where a route node finds the case: the journals are the same.
    const block = cases[take(frame, path)];
    return composite(frame, path, { kind: plan.kind, effect: "pure" }, async (within) => (block === undefined ? undefined : actBlock(block, inside(within, path, block))));
  };
  return { compute: null, act, records: true, take };
}
