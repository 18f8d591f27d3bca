import type { FlowPlan, ToolPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan, CatchPlan, StepPlan } from "../../core/plan/step.js";

/**
 * P: publishes without a journal, for running it again gives the same. Everything else is J:
 * a read tool already, because reading again may change the emits; a join that takes the first, because it is a race.
 */
export function flowClass(body: BlockPlan, tools: FlowPlan["tools"]): FlowPlan["class"] {
  return blockIsPure(body, tools) ? "P" : "J";
}

type Tools = Readonly<Record<string, Pick<ToolPlan, "kind">>>;

const blockIsPure = (block: BlockPlan, tools: Tools): boolean =>
  block.lock === undefined && block.steps.every((step) => stepIsPure(step, tools)) && catchIsPure(block.catch, tools);

const catchIsPure = (clauses: readonly CatchPlan[] | undefined, tools: Tools): boolean =>
  clauses === undefined || clauses.every(({ block }) => blockIsPure(block, tools));

function stepIsPure(step: StepPlan, tools: Tools): boolean {
  if (step.lock !== undefined || !catchIsPure(step.catch, tools)) return false;
  switch (step.kind) {
    case "set":
    case "emit":
    case "fail":
    case "return":
      return true;
    case "tool":
      return tools[step.tool]?.kind === "expr";
    case "switch":
      return step.cases.every(({ block }) => blockIsPure(block, tools));
    case "parallel":
      return (step.join === "all" || step.join === "settled") && step.branches.every(({ block }) => blockIsPure(block, tools));
    case "map":
      return (step.join === "all" || step.join === "settled") && blockIsPure(step.block, tools);
    case "loop":
      return blockIsPure(step.block, tools);
    case "agent":
    case "saga":
    case "ask":
    case "wait":
    case "get":
    case "put":
    case "call":
      return false;
  }
}
