import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";

/** More successes than there are branches never come. */
export function impossibleJoin(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    const node = flow.steps.get(step)?.node;
    if (step.kind !== "parallel" || node?.kind !== "parallel" || typeof step.join !== "number" || step.join <= step.branches.length) return [];
    const span = node.join !== undefined && "span" in node.join ? node.join.span : node.head;
    const count = step.branches.length;
    return [
      report("FC5006", span, `\`join: ${step.join}\` waits for ${step.join} successes, and \`${step.id}\` has ${count === 1 ? "one branch" : `${count} branches`}`, {
        hint: `take a number up to ${count}, or \`join: all\``,
      }),
    ];
  });
}
