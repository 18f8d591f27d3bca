import type { StepRow } from "../core/fold/step-rows.js";
import { stepsIn } from "../core/plan/blocks.js";
import type { FlowPlan } from "../core/plan/flow-plan.js";

const WRITTEN_OUT = /^(agent|tool|set|emit|switch|parallel|map|loop|saga|call|ask|get|put|wait|fail|return)\d+$/;

/** What a row is called: events say it of most steps, the plan of reads and of pure ones, their ids of those without a name. */
export function stepKinds(plan: FlowPlan | null): (row: StepRow) => string {
  const kinds = new Map<string, string>();
  if (plan !== null) for (const { id, kind } of stepsIn(plan.body)) kinds.set(id, kind);
  return ({ path, label, step }) => {
    if (path === "") return "run";
    if (/\.\d+$/.test(path)) return "tool";
    if (step?.kind !== undefined && step.kind !== null) return step.kind;
    return kinds.get(label) ?? WRITTEN_OUT.exec(label)?.[1] ?? (/^\[\d+\]$/.test(label) ? "item" : /^#\d+$/.test(label) ? "pass" : isPure(step) ? "pure" : "");
  };
}

/** Told of only when it was over (I41). */
const isPure = (step: StepRow["step"]): boolean => step !== null && step.attempts.length === 0 && step.endedAt !== null;
