import type { StepPlan } from "../../../core/plan/step.js";
import { actBlock } from "../act-block.js";
import { computeBlock } from "../block.js";
import { inner, type Frame } from "../frame.js";
import type { Maker, Output, ReadyBlock, StepBody } from "../ready.js";
import type { Path } from "../../../core/run-id.js";

type SwitchPlan = StepPlan & { readonly kind: "switch" };

export function makeSwitch(maker: Maker, plan: SwitchPlan): StepBody {
  const { cases, take } = makeCases(maker, plan);
  const pure = cases.every((block) => block.pure);
  const inside = (frame: Frame, path: Path, block: ReadyBlock, quiet?: boolean): Frame => inner(frame, block, `${path}/`, quiet === undefined ? {} : { quiet });
  return {
    compute: pure
      ? (frame, path) => {
          const block = cases[take(frame, path)];
          return block === undefined ? undefined : computeBlock(block, inside(frame, path, block, true));
        }
      : null,
    act: async (frame, path): Promise<Output> => {
      const block = cases[take(frame, path)];
      return block === undefined ? undefined : actBlock(block, inside(frame, path, block));
    },
    records: false,
  };
}

/** The cases' blocks, and which of them holds; -1 for none. A case that was taken is taken again on replay (I41). */
export function makeCases(maker: Maker, plan: SwitchPlan): { readonly cases: readonly ReadyBlock[]; readonly take: (frame: Frame, path: Path) => number } {
  const cases = plan.cases.map(({ block }) => maker.block(block));
  const tests = plan.cases.map(({ when }) => (when === undefined ? null : maker.expr(when)));
  return {
    cases,
    take(frame, path) {
      const known = frame.quiet ? null : (frame.run.past?.get(path)?.taken ?? null);
      if (known !== null) return known;
      const taken = tests.findIndex((test) => test === null || test(frame.env) === true);
      if (!frame.quiet) frame.run.pending.push({ path, taken });
      return taken;
    },
  };
}
