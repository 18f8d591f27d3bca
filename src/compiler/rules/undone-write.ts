import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import type { StepPlan } from "../../core/plan/step.js";
import { forwardBlocks, stepsIn } from "../../core/plan/blocks.js";
import { cancellableBranches, cancelsRest } from "../plan/cancellable.js";
import { isPivot, pivotAt } from "../../core/plan/pivot.js";
import type { CheckedFlow } from "../types/checked.js";
import { beforePivot, isSaga, ownSteps, sagasIn, type SagaStep } from "./saga-steps.js";
import { unansweredWrites } from "./write-effects.js";

/** I27, I33: what a saga has written before its pivot must be undone when a later step fails. */
export function undoneWrite(flow: CheckedFlow): readonly Diagnostic[] {
  const { body } = flow.draft;
  const cancelled = inCancelled(flow);
  return sagasIn(body).flatMap((saga) => {
    const head = flow.steps.get(saga)?.node.head;
    const hasPivot = pivotAt(saga.block.steps) >= 0;
    return [...ownSteps(beforePivot(saga))].flatMap((step) => {
      const tools = unansweredWrites(step, flow.draft);
      const span = flow.steps.get(step)?.node.head;
      // What can be cancelled, and a pivot in the wrong place, has its own message.
      if (tools.length === 0 || span === undefined || head === undefined || cancelled.has(step) || isPivot(step)) return [];
      const what = step.kind === "agent" ? `the agent of \`${step.id}\` may call ${quoted(tools)}, which writes` : `\`${step.id}\` writes`;
      return [
        report("FC5060", span, `${what[0]?.toUpperCase() ?? ""}${what.slice(1)} in the saga \`${saga.id}\`${hasPivot ? " before its pivot" : ""}, and nothing says how that is undone`, {
          hint: step.kind === "agent" ? `give the tool ${quoted(tools)} a \`compensate\`: { tool, with }` : `give \`${step.id}\` a \`compensate\`${hasPivot || !mayBePivot(step, saga) ? "" : "; if it is the step from which on there is no way back, write `pivot: true`"}`,
          related: [{ span: head, message: `when a later step of \`${saga.id}\` fails, what was written before is undone` }],
        }),
      ];
    });
  });
}

/** In a saga's own list, done where the saga runs, and its end is the step's own (FC5062, FC5111). */
const mayBePivot = (step: StepPlan, saga: SagaStep): boolean =>
  (step.kind === "tool" || step.kind === "put") && step.queue === undefined && step.when === undefined && step.catch === undefined && saga.block.steps.includes(step);

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(" and ");

/** Steps of branches that can be cancelled. */
function inCancelled({ draft }: CheckedFlow): ReadonlySet<StepPlan> {
  const found = new Set<StepPlan>();
  for (const step of stepsIn(draft.body)) {
    if (step.kind === "map" && cancelsRest(step)) for (const inner of stepsIn(step.block)) found.add(inner);
    if (step.kind !== "parallel") continue;
    const names = cancellableBranches(step, step.branches);
    for (const { name, block } of step.branches) if (names.has(name)) for (const inner of stepsIn(block)) found.add(inner);
  }
  // A saga inside has writes of its own.
  for (const step of found) if (isSaga(step)) for (const block of forwardBlocks(step)) for (const inner of stepsIn(block)) found.add(inner);
  return found;
}
