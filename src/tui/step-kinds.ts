import type { StepRow } from "../core/fold/step-rows.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";
import type { BlockPlan, StepPlan } from "../core/plan/step.js";

const WRITTEN_OUT = /^(agent|tool|set|emit|switch|parallel|map|loop|saga|call|ask|wait|fail|return)\d+$/;

/** What a row is called: events say it of most steps, the plan of reads and of pure ones, their ids of those without a name. */
export function stepKinds(plan: FlowPlan | null): (row: StepRow) => string {
  const kinds = new Map<string, string>();
  if (plan !== null) collect(plan.body, kinds);
  return ({ path, label, step }) => {
    if (path === "") return "run";
    if (/\.\d+$/.test(path)) return "tool";
    if (step?.kind !== undefined && step.kind !== null) return step.kind;
    return kinds.get(label) ?? WRITTEN_OUT.exec(label)?.[1] ?? (/^\[\d+\]$/.test(label) ? "item" : /^#\d+$/.test(label) ? "pass" : isPure(step) ? "pure" : "");
  };
}

/** Told of only when it was over (I41). */
const isPure = (step: StepRow["step"]): boolean => step !== null && step.attempts.length === 0 && step.endedAt !== null;

function collect(block: BlockPlan, kinds: Map<string, string>): void {
  for (const step of block.steps) {
    kinds.set(step.id, step.kind);
    for (const inner of blocksOf(step)) collect(inner, kinds);
    if ("compensate" in step && step.compensate !== undefined) collect(step.compensate.block, kinds);
  }
  for (const clause of block.catch ?? []) collect(clause.block, kinds);
}

function blocksOf(step: StepPlan): readonly BlockPlan[] {
  const caught = (step.catch ?? []).map(({ block }) => block);
  switch (step.kind) {
    case "switch":
      return [...step.cases.map(({ block }) => block), ...caught];
    case "parallel":
      return [...step.branches.map(({ block }) => block), ...caught];
    case "map":
    case "loop":
    case "saga":
    case "call":
      return [step.block, ...caught];
    default:
      return caught;
  }
}
