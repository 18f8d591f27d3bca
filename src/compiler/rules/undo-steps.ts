import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { BlockPlan, StepKind, StepPlan } from "../../core/plan/step.js";
import { forwardBlocks, stepsIn, undoBlocks } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";

const ALLOWED: ReadonlySet<StepKind> = new Set(["set", "tool", "emit", "get", "put", "call", "ask", "wait", "switch"]);
const ARTICLE = /^[aeiou]/;

/** An undo uses recorded values: no model decides in it, and nothing in it can be left half done. */
export function undoSteps(flow: CheckedFlow): readonly Diagnostic[] {
  return [...stepsIn(flow.draft.body)].flatMap((step) => {
    const wrong = undoBlocks(step).flatMap((block) => [...wrongIn(flow, block)])[0];
    const span = wrong === undefined ? undefined : flow.steps.get(wrong.step)?.node.head;
    if (wrong === undefined || span === undefined) return [];
    const { kind } = wrong.step;
    return [
      report("FC5061", span, `${ARTICLE.test(kind) ? "An" : "A"} \`${kind}\` cannot stand ${wrong.called ? "in a flow that is called from" : "in"} the \`compensate\` of \`${step.id}\``, {
        hint: kind === "agent" ? "an undo uses recorded values and never asks a model: let the agent decide before, and keep its answer in a step that the undo reads" : "use `set`, `tool`, `emit`, `get`, `put`, `call`, `ask`, `wait` and `switch`; what is more than that fits into a flow that is called",
      }),
    ];
  });
}

interface Wrong {
  readonly step: StepPlan;
  readonly called: boolean;
}

/** What runs before the undo goes on; nobody waits for a detached run. */
function calledBy({ draft }: CheckedFlow, { block, run }: StepPlan & { readonly kind: "call" }): BlockPlan {
  return run === undefined || run.detached === true ? block : (draft.flows?.[run.as]?.body ?? block);
}

function* wrongIn(flow: CheckedFlow, block: BlockPlan): Generator<Wrong> {
  for (const step of block.steps) {
    if (!ALLOWED.has(step.kind)) yield { step, called: false };
    else if (step.kind === "call") for (const inner of stepsIn(calledBy(flow, step))) if (inner.kind === "agent" || inner.kind === "saga") yield { step: inner, called: true };
    if (step.kind !== "call") for (const inner of forwardBlocks(step)) yield* wrongIn(flow, inner);
  }
}
