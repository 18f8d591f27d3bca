import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { catchBlocks, forwardBlocks, stepsIn } from "../../core/plan/blocks.js";
import { isPivot } from "../../core/plan/pivot.js";
import type { CheckedFlow } from "../types/checked.js";
import { behindPivot, isSaga, ownSteps, sagasIn } from "./saga-steps.js";
import { isWrite } from "./write-effects.js";

/** A `compensate` that never runs. */
export function idleUndo(flow: CheckedFlow): readonly Diagnostic[] {
  const { body, tools } = flow.draft;
  const behind = new Set(sagasIn(body).flatMap((saga) => [...ownSteps(behindPivot(saga))]));
  const undone = new Set(undoneSteps(body));
  // A flow that others call may be in their saga.
  const isCalled = flow.head.on.every(({ kind }) => kind === "manual");
  return [...stepsIn(body)].flatMap((step) => {
    const node = flow.steps.get(step)?.node;
    if (!hasUndo(step) || node === undefined || !("compensate" in node)) return [];
    const span = node.compensate?.span ?? node.head;
    const { id } = step;
    if (step.kind === "tool" && tools[step.tool] !== undefined && !isWrite(tools[step.tool])) return [report("FC5064", span, `\`${id}\` has a \`compensate\`, and \`${step.tool}\` changes nothing that could be undone`, { hint: `remove it; if \`${step.tool}\` does change something, write \`effect: write\` there` })];
    if (step.kind === "call" && step.run === undefined) return [report("FC5064", span, `\`${id}\` has a \`compensate\`, and \`${step.flow}\` runs inside this run: its own steps say how they are undone`, { hint: "remove it, or give the run a journal of its own: `detach: true`" })];
    if (step.kind === "call" && step.run?.writes !== true) return [report("FC5064", span, `\`${id}\` has a \`compensate\`, and \`${step.flow}\` changes nothing that could be undone`, { hint: "remove it" })];
    if (isPivot(step)) return [report("FC5064", span, `\`${id}\` is a pivot, so its \`compensate\` never runs`, { hint: "remove one of the two" })];
    if (behind.has(step)) return [report("FC5064", span, `\`${id}\` stands behind the pivot, so its \`compensate\` never runs`, { hint: "remove it, or move the step before the pivot" })];
    if (!undone.has(step) && !isCalled) return [report("FC5065", span, `\`${id}\` stands in no saga and in no branch that can be cancelled, so its \`compensate\` never runs`, { hint: "put the steps that belong together into a `saga`" })];
    return [];
  });
}

const hasUndo = (step: StepPlan): boolean => "compensate" in step && step.compensate !== undefined;

/** Steps in a saga, or in a branch that is undone when it is cancelled; those of called flows are theirs. */
function* undoneSteps(block: BlockPlan, inside = false): Generator<StepPlan> {
  for (const step of block.steps) {
    if (inside) yield step;
    const branches = step.kind === "parallel" ? new Set(step.branches.filter(({ undo }) => undo === true).map((branch) => branch.block)) : null;
    for (const inner of forwardBlocks(step)) {
      const isUndone = inside || step.kind === "call" || branches?.has(inner) === true || (!catchBlocks(step.catch).includes(inner) && (isSaga(step) || (step.kind === "map" && step.undo === true)));
      yield* undoneSteps(inner, isUndone);
    }
  }
  for (const inner of catchBlocks(block.catch)) yield* undoneSteps(inner, inside);
}
