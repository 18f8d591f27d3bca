import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";
import { isSaga, ownSteps, type SagaStep } from "./saga-steps.js";
import { isIdempotent, isWrite } from "./write-effects.js";

/** `on_unknown` must have what it needs: retry a key that the service knows, verify somebody to ask (I20). */
export function unknownOutcome(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    if (step.kind === "saga") return ofSaga(flow, step);
    const info = flow.steps.get(step);
    if (step.kind !== "tool" || info?.node.kind !== "tool") return [];
    const tool = flow.draft.tools[step.tool];
    const span = info.node.onUnknown?.span;
    if (tool === undefined || span === undefined) return [];
    if (!isWrite(tool)) {
      return [report("FC5013", span, `\`on_unknown\` is for writes, and \`${step.tool}\` reads: what a crash or a timeout hid of it is read again`, { hint: `leave \`on_unknown\` out, or say \`effect: write\` at \`${step.tool}\` if it changes something` })];
    }
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

/** A saga's `on_unknown` holds for its steps that say nothing themselves, and for those of sagas inside that do not either. */
function ofSaga(flow: CheckedFlow, saga: SagaStep): readonly Diagnostic[] {
  const node = flow.steps.get(saga)?.node;
  const span = node?.kind === "saga" ? node.onUnknown?.span : undefined;
  if (span === undefined) return [];
  return inherits(saga).flatMap((step) => {
    const head = flow.steps.get(step)?.node.head;
    const tool = step.kind === "tool" ? flow.draft.tools[step.tool] : undefined;
    if (step.kind !== "tool" || step.onUnknown !== undefined || tool === undefined || !isWrite(tool) || head === undefined) return [];
    const related = [{ span: head, message: `\`${step.id}\` calls it, and has no \`on_unknown\` of its own` }];
    if (saga.onUnknown === "retry" && !isIdempotent(tool)) {
      return [report("FC5013", span, `\`on_unknown: retry\` of the saga sends \`${step.tool}\` again when its outcome is unknown, and the tool is not idempotent: it may happen twice`, { hint: `give \`${step.tool}\` an \`idempotency\`, or \`${step.id}\` its own \`on_unknown\``, related })];
    }
    if (saga.onUnknown === "verify" && tool.verify === undefined) {
      return [report("FC5014", span, `\`on_unknown: verify\` of the saga asks whether a write happened, and \`${step.tool}\` has no \`verify\` to ask with`, { hint: `give \`${step.tool}\` \`verify: { tool: …, with: { key: "\${key}" } }\`, or \`${step.id}\` its own \`on_unknown\``, related })];
    }
    return [];
  });
}

function inherits(saga: SagaStep): ReturnType<typeof stepsOf> {
  return stepsOf(saga).flatMap((step) => (isSaga(step) && step.onUnknown === undefined ? [step, ...inherits(step)] : [step]));
}
const stepsOf = (saga: SagaStep) => [...ownSteps(saga.block.steps)];
