import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { StepPlan } from "../../core/plan/step.js";
import type { CheckedFlow } from "../types/checked.js";
import { insistentSteps, sagasIn } from "./saga-steps.js";
import { isIdempotent, isWrite, keyed } from "./write-effects.js";

/** After these nobody knows whether the write was applied (I20). */
const UNKNOWN_OUTCOME = ["timeout", "unavailable"];

/** A write that would be sent again although it may have been applied, and a retry that nothing ends. */
export function unsafeRetry(flow: CheckedFlow): readonly Diagnostic[] {
  const { tools, policies } = flow.draft;
  const insistent = insistentSteps(flow.draft.body);
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    const node = flow.steps.get(step)?.node;
    const retry = step.policy === undefined ? undefined : policies[step.policy]?.retry;
    if (node === undefined || retry === undefined || step.policy === undefined) return [];
    const found: Diagnostic[] = [];
    const span = node.policy?.span ?? node.head;
    const related = declared(flow, step.policy);
    const called = step.kind === "tool" ? tools[step.tool] : undefined;
    // A row knows the effects that were put into it.
    const repeatable = step.kind === "get" || step.kind === "put" || (called !== undefined && (!isWrite(called) || isIdempotent(called)));
    const mayInsist = insistent.has(step) && repeatable;
    if (retry.max === "forever" && !mayInsist) {
      found.push(
        report("FC5011", span, `\`${step.id}\` would be retried for ever by the policy \`${step.policy}\`, and the run would never end`, {
          hint: "give `retry.max` a number; `forever` is for idempotent tools behind a saga's pivot and in its undo",
          related: [...related, ...sagaAround(flow, step)],
        }),
      );
    }
    const tool = step.kind === "tool" ? tools[step.tool] : undefined;
    const codes = (retry.on ?? []).filter((code) => UNKNOWN_OUTCOME.includes(code));
    if (step.kind === "tool" && tool !== undefined && isWrite(tool) && !isIdempotent(tool) && codes.length > 0 && retry.max !== 1) {
      found.push(
        report(
          "FC5010",
          span,
          `The policy \`${step.policy}\` retries \`${step.tool}\` on ${codes.map((code) => `\`${code}\``).join(" and ")}, after which the write may have happened already, and the tool is not idempotent`,
          {
            hint: `if the service drops repeated requests, say so: ${keyed(tool)} on \`${step.tool}\`; else retry on \`rate_limit\` only`,
            related,
          },
        ),
      );
    }
    return found;
  });
}

const declared = (flow: CheckedFlow, policy: string) =>
  flow.declarations
    .filter(({ section, name }) => section === "policies" && name === policy)
    .map(({ span }) => ({ span, message: `the policy \`${policy}\` is declared here` }));

/** All of its list says where the pivot is. */
const sagaAround = ({ draft, steps }: CheckedFlow, step: StepPlan) =>
  sagasIn(draft.body)
    .filter(({ block }) => [...stepsIn(block)].includes(step))
    .slice(-1)
    .flatMap((saga) => steps.get(saga)?.node.head ?? [])
    .map((span) => ({ span, message: "it is not behind a pivot of this saga" }));
