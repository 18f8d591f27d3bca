import { StepError } from "../../../core/errors.js";
import type { Json } from "../../../core/json.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { actBlock } from "../act-block.js";
import { computeBlock } from "../block.js";
import { breather } from "../breather.js";
import { composite } from "../composite.js";
import { type Frame, inner } from "../frame.js";
import type { Ended, Race } from "../join/branches.js";
import { makeGoal } from "../join/goal.js";
import { race } from "../join/race.js";
import { resumeRest } from "../join/resume-rest.js";
import type { Joined } from "../join/verdict.js";
import { raisedFrom } from "../raised.js";
import type { Maker, Output, StepBody } from "../ready.js";

/** Side by side where nothing else is said; items without effects run at once. */
const DEFAULT_CONCURRENCY = 16;
const ITEM = /^\[(\d+)\]\//;

export function makeMap(maker: Maker, plan: StepPlan & { kind: "map" }): StepBody {
  const over = maker.expr(plan.over);
  const block = maker.block(plan.block, true);
  const goal = makeGoal(maker, plan.join);
  const settled = plan.join === "settled";
  const itemsOf = (frame: Frame): readonly unknown[] => list(over(frame.env), plan.over.text);
  const itemFrame = (frame: Frame, path: Path, item: unknown, index: number, more: { readonly quiet?: boolean }): Frame =>
    inner(frame, block, `${path}[${index}]/`, { vars: { [plan.as]: item, index }, ...more });

  if (block.pure && (plan.join === "all" || settled)) {
    const one = (frame: Frame, path: Path, item: unknown, index: number): Ended => {
      try {
        return { output: computeBlock(block, itemFrame(frame, path, item, index, { quiet: true })) };
      } catch (thrown) {
        if (!settled) throw thrown;
        return { error: raisedFrom(thrown, path).error };
      }
    };
    const compute = (frame: Frame, path: Path): Output => valueOf(settled, itemsOf(frame).map((item, index) => one(frame, path, item, index)), null);
    // The same with turns of the loop in between, where nothing around it has to be at once.
    const act = async (frame: Frame, path: Path): Promise<Output> => {
      const ended: Ended[] = [];
      const breathe = breather(frame);
      for (const [index, item] of itemsOf(frame).entries()) {
        ended.push(one(frame, path, item, index));
        const turn = breathe();
        if (turn !== undefined) await turn;
      }
      return valueOf(settled, ended, null);
    };
    return { compute, act, records: false };
  }

  const raceOf = (frame: Frame, path: Path): Race => {
    const items = itemsOf(frame);
    return {
      frame,
      path,
      count: items.length,
      goal: goal(frame),
      rest: plan.rest,
      concurrency: plan.concurrency ?? DEFAULT_CONCURRENCY,
      start: (index, inside) => actBlock(block, itemFrame(inside, path, items[index], index, {})),
      undoes: () => plan.undo === true,
      branchAt: (below) => {
        const item = ITEM.exec(below)?.[1];
        return item === undefined ? undefined : Number(item);
      },
    };
  };
  const act = (frame: Frame, path: Path): Promise<Output> =>
    composite(frame, path, { kind: plan.kind, effect: "pure" }, async () => {
      const { ended, winner }: Joined = await race(raceOf(frame, path));
      const inOrder = [...ended].sort(([a], [b]) => a - b).map(([, one]) => one);
      return valueOf(settled, inOrder, winner);
    });
  return { compute: null, act, records: true, ...(plan.rest === "finish" ? { resume: (frame: Frame, path: Path) => resumeRest(() => raceOf(frame, path), frame, path) } : {}) };
}

/** A list in input order; with `settled` two lists; with a winner its index and what arrived. */
function valueOf(settled: boolean, ended: readonly Ended[], winner: number | null): Json {
  const outputs = ended.flatMap((one) => ("output" in one ? [one.output ?? null] : []));
  if (winner !== null) return { winner, all: outputs };
  if (!settled) return outputs;
  return { ok: outputs, failed: ended.flatMap((one) => ("error" in one ? [errorData(one.error)] : [])) };
}

export const errorData = ({ code, message, step, attempts }: { readonly code: string; readonly message: string; readonly step?: string; readonly attempts?: number }): Json => ({
  code,
  message,
  ...(step === undefined ? {} : { step }),
  ...(attempts === undefined ? {} : { attempts }),
});

function list(value: unknown, text: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new StepError("expr", `\`${text}\` is no list`);
}
