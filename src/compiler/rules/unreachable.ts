import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { blocksIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";

/** Steps behind one that always ends the run. The first of them is named, once a block. */
export function unreachable(flow: CheckedFlow): readonly Diagnostic[] {
  return [...blocksIn(flow.draft.body)].flatMap((block) => {
    const at = block.steps.findIndex(alwaysEnds);
    const end = block.steps[at];
    const next = block.steps[at + 1];
    const [endInfo, nextInfo] = [end && flow.steps.get(end), next && flow.steps.get(next)];
    if (at < 0 || end === undefined || next === undefined || endInfo === undefined || nextInfo === undefined) return [];
    return [
      report("FC5001", nextInfo.node.head, `\`${next.id}\` is never reached: \`${end.id}\` before it always ends the ${ends(end)}`, {
        hint: `give \`${end.id}\` a \`when\`, or remove what stands behind it`,
        related: [{ span: endInfo.node.head, message: `\`${end.id}\` has no \`when\`` }],
      }),
    ];
  });
}

const ends = (step: StepPlan): string => (step.kind === "switch" ? "flow in each of its cases" : "flow");

function alwaysEnds(step: StepPlan): boolean {
  if (step.when !== undefined || step.catch !== undefined) return false;
  if (step.kind === "fail" || step.kind === "return") return true;
  return step.kind === "switch" && step.cases.some(({ when }) => when === undefined) && step.cases.every(({ block }) => blockEnds(block));
}

const blockEnds = (block: BlockPlan): boolean => block.catch === undefined && block.steps.some(alwaysEnds);
