import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { Expr } from "../../core/expression.js";
import { blocksIn, stepsIn } from "../../core/plan/blocks.js";
import type { CelNode } from "../shape/ast.js";
import type { CheckedFlow } from "../types/checked.js";
import { constantCondition } from "./constant.js";

/** A `when` that is false whatever the data is. */
export function neverTrue(flow: CheckedFlow): readonly Diagnostic[] {
  const { body } = flow.draft;
  const conditions: (readonly [Expr | undefined, CelNode | undefined])[] = [];
  for (const step of stepsIn(body)) {
    const node = flow.steps.get(step)?.node;
    conditions.push([step.when, node?.when]);
    if (step.kind === "switch" && node?.kind === "switch") step.cases.forEach(({ when }, index) => conditions.push([when, node.cases[index]?.when]));
  }
  for (const block of blocksIn(body)) conditions.push([block.when, flow.blocks.get(block)?.when]);
  return conditions.flatMap(([when, node]) =>
    when !== undefined && node !== undefined && constantCondition(when.ast) === false
      ? [report("FC5003", node.span, "This condition is always false, so what it guards never runs", { hint: "remove what never runs, or write the condition that was meant" })]
      : [],
  );
}
