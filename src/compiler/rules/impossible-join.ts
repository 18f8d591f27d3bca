import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { JoinPlan } from "../../core/plan/step.js";
import type { CheckedFlow } from "../types/checked.js";

const constant = (join: JoinPlan): number | null => (typeof join === "number" ? join : typeof join === "object" && join.ast.op === "lit" && typeof join.ast.value === "number" ? join.ast.value : null);

/** More successes than there are branches never come. */
export function impossibleJoin(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    const node = flow.steps.get(step)?.node;
    if (step.kind !== "parallel" || node?.kind !== "parallel") return [];
    const wanted = constant(step.join);
    const count = step.branches.length;
    if (wanted === null || wanted <= count) return [];
    const span = node.join === undefined ? node.head : "cel" in node.join ? node.join.cel.span : node.join.span;
    return [
      report("FC5006", span, `\`join: ${wanted}\` waits for ${wanted} successes, and \`${step.id}\` has ${count === 1 ? "one branch" : `${count} branches`}`, {
        hint: `take a number up to ${count}, or \`join: all\``,
      }),
    ];
  });
}
