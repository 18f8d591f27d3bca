import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { catchBlocks, forwardBlocks } from "../../core/plan/blocks.js";
import { isPivot, isPivotal } from "../../core/plan/pivot.js";
import type { CheckedFlow } from "../types/checked.js";
import { isSaga } from "./saga-steps.js";
import { isWrite } from "./write-effects.js";

/** I32: a saga reaches its pivot once and always, so that each of its steps is known to be before or behind it. */
export function pivotPlace(flow: CheckedFlow): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  visit(flow, flow.draft.body, { own: false, list: true, saga: null, by: null }, found);
  return found;
}

interface Place {
  /** The block is a saga's own list. */
  readonly own: boolean;
  /** Every step of the block is reached when the saga around it is gone through. */
  readonly list: boolean;
  readonly saga: StepPlan | null;
  /** What the block stands in. */
  readonly by: StepPlan | null;
}

function visit(flow: CheckedFlow, block: BlockPlan, place: Place, found: Diagnostic[]): void {
  let first: StepPlan | null = null;
  for (const step of block.steps) {
    const problem = problemOf(flow, step, place, first);
    const node = flow.steps.get(step)?.node;
    const span = node !== undefined && "pivot" in node ? (node.pivot?.span ?? node.head) : node?.head;
    if (problem !== null && span !== undefined) found.push(report("FC5062", span, problem.message, { hint: problem.hint, related: relatedTo(flow, problem.related) }));
    if (isPivotal(step)) first ??= step;
    const below: Place = isSaga(step)
      ? { own: true, list: true, saga: step, by: step }
      : { own: false, list: step.kind === "call" && place.list && step.when === undefined && step.catch === undefined, saga: place.saga, by: step };
    for (const inner of forwardBlocks(step)) {
      const isCatch = catchBlocks(step.catch).includes(inner);
      visit(flow, inner, isCatch ? { own: false, list: false, saga: place.saga, by: step } : below, found);
    }
  }
  for (const inner of catchBlocks(block.catch)) visit(flow, inner, { ...place, own: false, list: false }, found);
}

interface Problem {
  readonly message: string;
  readonly hint: string;
  readonly related?: StepPlan | null;
}

function problemOf({ draft }: CheckedFlow, step: StepPlan, { own, list, saga, by }: Place, first: StepPlan | null): Problem | null {
  const { id } = step;
  if (isPivot(step)) {
    if (!own) {
      const where = by === null ? "outside a saga" : `inside \`${by.id}\` (${by.kind})`;
      return { message: `The pivot \`${id}\` stands ${where}: a pivot stands in a saga's own list`, hint: saga === null ? "put it into a `saga`, or remove `pivot`" : `move it into the list of \`${saga.id}\``, related: saga };
    }
    if (step.kind === "tool" && !isWrite(draft.tools[step.tool])) return { message: `\`${id}\` is a pivot, and \`${step.tool}\` changes nothing`, hint: "the pivot is the write that cannot be taken back: put `pivot: true` there" };
  } else if (!isSaga(step) || saga === null || !isPivotal(step)) {
    return null;
  } else if (!list) {
    return { message: `The saga \`${id}\` has a pivot, which is one of \`${saga.id}\` too: so it stands in that one's own list`, hint: `move \`${id}\` into the list of \`${saga.id}\``, related: saga };
  }
  if (step.when !== undefined) return { message: `\`${id}\` is a pivot and has a \`when\`: whether what follows can be undone must not depend on data`, hint: "remove `when`, or put the whole saga behind it" };
  if (step.catch !== undefined) return { message: `\`${id}\` is a pivot and has a \`catch\`: a saga does not go on without its pivot`, hint: "catch at the saga: when the pivot fails, the saga is undone and raises `compensated`" };
  if (first !== null && saga !== null) return { message: `The saga \`${saga.id}\` has a second pivot: \`${id}\``, hint: "behind a pivot nothing is undone any more, so there is nothing left to decide: remove one of them", related: first };
  return null;
}

const relatedTo = ({ steps }: CheckedFlow, step: StepPlan | null | undefined) => {
  const span = step === null || step === undefined ? undefined : steps.get(step)?.node.head;
  return span === undefined || step === null || step === undefined ? [] : [{ span, message: isSaga(step) ? `this is the saga \`${step.id}\`` : `\`${step.id}\` is the first` }];
};
