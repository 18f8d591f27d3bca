import { StepError } from "../../../core/errors.js";
import type { Json } from "../../../core/json.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { actBlock } from "../act-block.js";
import { append } from "../active-run.js";
import { computeBlock } from "../block.js";
import { type Frame, inner } from "../frame.js";
import { makeGoal, race, type Ended, type Joined } from "../join.js";
import { Raised } from "../raised.js";
import type { Maker, Output, StepBody } from "../ready.js";
import type { Scope } from "../scope.js";

/** Side by side where nothing else is said; items without effects run at once. */
const DEFAULT_CONCURRENCY = 16;

export function makeMap(maker: Maker, plan: StepPlan & { kind: "map" }): StepBody {
  const over = maker.expr(plan.over);
  const block = maker.block(plan.block, "copy");
  const goal = makeGoal(maker, plan.join);
  const pure = block.pure && (plan.join === "all" || plan.join === "settled");
  const itemFrame = (frame: Frame, path: Path, item: unknown, index: number, more: { readonly scope?: Scope; readonly quiet?: boolean }): Frame =>
    inner(frame, block, `${path}[${index}]/`, { vars: { [plan.as]: item, index }, ...more });

  const compute = (frame: Frame, path: Path): Output => {
    const items = list(over(frame.env), plan.over.text);
    const ended = new Map<number, Ended>();
    for (const [index, item] of items.entries()) {
      try {
        ended.set(index, { output: computeBlock(block, itemFrame(frame, path, item, index, { quiet: true })) });
      } catch (thrown) {
        if (!(thrown instanceof Raised) || plan.join === "all") throw thrown;
        ended.set(index, { error: thrown.error });
      }
    }
    return valueOf(plan.join === "settled", { ended, winner: null });
  };

  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const items = list(over(frame.env), plan.over.text);
    const joined = await race({
      frame,
      path,
      count: items.length,
      goal: goal(frame),
      rest: plan.rest,
      concurrency: plan.concurrency ?? DEFAULT_CONCURRENCY,
      start: (index, scope) => actBlock(block, itemFrame(frame, path, items[index], index, { scope })),
    });
    const output = valueOf(plan.join === "settled", joined);
    append(frame.run, "step.completed", path, { attempt: 1, ms: 0, output });
    return output;
  };
  return pure ? { compute, act: null, records: false } : { compute: null, act, records: true };
}

/** A list in input order; with `settled` two lists; with a winner its index and what arrived. */
function valueOf(settled: boolean, { ended, winner }: Joined): Json {
  const inOrder = [...ended.keys()].sort((a, b) => a - b).flatMap((index) => ended.get(index) ?? []);
  const outputs = inOrder.flatMap((one) => ("output" in one ? [one.output ?? null] : []));
  if (winner !== null) return { winner, all: outputs };
  if (!settled) return outputs;
  return { ok: outputs, failed: inOrder.flatMap((one) => ("error" in one ? [errorData(one.error)] : [])) };
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
