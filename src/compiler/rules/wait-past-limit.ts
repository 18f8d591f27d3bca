import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { durationText } from "../../core/duration-text.js";
import { bodiesOf, catchBlocks, undoBlocks } from "../../core/plan/blocks.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import type { DurationNode } from "../shape/ast.js";
import type { CheckedFlow } from "../types/checked.js";

/** A wait that is longer than a time limit around it, which ends it always. */
export function waitPastLimit(flow: CheckedFlow): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  const visit = (block: BlockPlan, outer: DurationNode | undefined): void => {
    const limit = shorter(flow.blocks.get(block)?.timeout, outer);
    for (const step of block.steps) {
      const own = flow.steps.get(step)?.node.timeout;
      // A saga's limit holds up to its pivot.
      const inside = step.kind === "saga" ? limit : shorter(own, limit);
      const problem = past(flow, step, inside);
      if (problem !== null) found.set(`${problem.span.file} ${problem.span.start}`, problem);
      for (const body of bodiesOf(step)) visit(body, inside);
      // A catch comes when the step's own limit is over, an undo when none holds any more.
      for (const after of catchBlocks(step.catch)) visit(after, limit);
      for (const undo of undoBlocks(step)) visit(undo, undefined);
    }
    for (const after of catchBlocks(block.catch)) visit(after, outer);
  };
  visit(flow.draft.body, undefined);
  return [...found.values()];
}

const shorter = (one: DurationNode | undefined, other: DurationNode | undefined): DurationNode | undefined =>
  one === undefined || (other !== undefined && other.value <= one.value) ? other : one;

function past(flow: CheckedFlow, step: StepPlan, limit: DurationNode | undefined): Diagnostic | null {
  const node = flow.steps.get(step)?.node;
  if (step.kind !== "wait" || node?.kind !== "wait" || limit === undefined) return null;
  const ms = step.for.is === "duration" ? step.for.ms : step.for.is === "message" && step.for.collect?.until === undefined ? step.for.collect?.for : undefined;
  if (ms === undefined || ms < limit.value) return null;
  return report("FC5007", node.head, `This waits for ${durationText(ms)}, and a time limit ends it after ${durationText(limit.value)}: it always ends in \`timeout\``, {
    hint: "make the limit longer than the wait, or the wait shorter",
    related: [{ span: limit.span, message: "this limit holds around it" }],
  });
}
