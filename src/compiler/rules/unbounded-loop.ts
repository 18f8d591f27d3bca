import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { Expr } from "../../core/expression.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";
import { constantCondition } from "./constant.js";

/** A loop needs an end that can be read from the file: a list, or `max`; and a way to get there without failing. */
export function unboundedLoop(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    const info = flow.steps.get(step);
    if (step.kind !== "loop" || info === undefined || step.over !== undefined) return [];
    const { head } = info.node;
    if (step.max === undefined) {
      return [
        report("FC5004", head, `\`${step.id}\` has no \`max\`, so nothing limits how often its body runs`, {
          hint: "add `max: 10` (or what fits); `on_max: stop` takes the state as it is then, `on_max: fail` raises `exhausted`",
        }),
      ];
    }
    const leaves = canEnd(step.while, false) || canEnd(step.until, true);
    const jumps = [...stepsIn(step.block)].some(({ kind }) => kind === "return" || kind === "fail");
    const expected = step.catch?.some(({ on }) => on === "any" || on.includes("exhausted")) === true;
    if (leaves || step.onMax === "stop" || jumps || expected) return [];
    return [
      report("FC5005", head, `\`${step.id}\` can only end by raising \`exhausted\`: it has no \`while\`, \`until\` or \`over\` that ends it before \`max\``, {
        hint: "add `until: …`, or `on_max: stop` when running `max` times is what is meant",
      }),
    ];
  });
}

const canEnd = (condition: Expr | undefined, value: boolean): boolean => {
  if (condition === undefined) return false;
  const constant = constantCondition(condition.ast);
  return constant === null || constant === value;
};
