import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";
import { isIdempotent } from "./write-effects.js";

/** `on_unknown` must have what it needs: retry a key that the service knows, verify somebody to ask (I20). */
export function unknownOutcome(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    const info = flow.steps.get(step);
    if (step.kind !== "tool" || info?.node.kind !== "tool") return [];
    const tool = flow.draft.tools[step.tool];
    const span = info.node.onUnknown?.span;
    if (tool === undefined || span === undefined) return [];
    if (step.onUnknown === "retry" && !isIdempotent(tool)) {
      return [
        report("FC5013", span, `\`on_unknown: retry\` sends \`${step.tool}\` again when its outcome is unknown, and the tool is not idempotent: it may happen twice`, {
          hint: `give \`${step.tool}\` an \`idempotency\`, or take \`on_unknown: verify\` or \`fail\``,
        }),
      ];
    }
    if (step.onUnknown === "verify" && tool.verify === undefined) {
      return [
        report("FC5014", span, `\`on_unknown: verify\` asks whether the write happened, and \`${step.tool}\` has no \`verify\` to ask with`, {
          hint: `give \`${step.tool}\` \`verify: { tool: …, with: { key: "\${key}" } }\`, or take \`on_unknown: fail\``,
        }),
      ];
    }
    return [];
  });
}
