import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";
import { isIdempotent, isWrite, keyed } from "./write-effects.js";

/** What a question goes to is called until it has succeeded, also long after a crash hid whether it had. */
export function askedTool(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    if (step.kind !== "ask" || typeof step.to !== "object" || step.to.is !== "tool") return [];
    const node = flow.steps.get(step)?.node;
    const tool = flow.draft.tools[step.to.tool];
    if (node?.kind !== "ask" || node.to?.is !== "tool" || tool === undefined || (tool.kind !== "expr" && (!isWrite(tool) || isIdempotent(tool)))) return [];
    const { span, value } = node.to.tool;
    if (tool.kind === "expr") return [report("FC5018", span, `\`${value}\` is computed, and tells nobody`, { hint: "name an `http` or a `module` tool" })];
    return [report("FC5018", span, `\`${value}\` is not idempotent, and a question is sent until it has arrived`, { hint: `where telling twice does no harm, say ${keyed(tool)} at the tool` })];
  });
}
