import type { FlowPlan, TriggerPlan } from "../../core/plan/flow-plan.js";
import type { BlockPlan, StepPlan } from "../../core/plan/step.js";
import { branchesOf, clausesOf, BY_HAND, condition, describeStart, describeStep, hasOwnId, type Branch } from "./describe.js";

/** The flow from its trigger down, branches indented: one step a line. */
export function drawTerminal(plan: FlowPlan): string {
  const lines = [
    `${plan.id} ${plan.release}, class ${plan.class} (${plan.class === "P" ? "pure: no journal" : "journaled"})`,
    ...(plan.triggers.length === 0 ? ["◆ started by hand"] : plan.triggers.map((trigger) => `◆ ${describeTrigger(trigger)}`)),
    ...drawBlock(plan.body, "", true),
  ];
  return `${lines.join("\n")}\n`;
}

function describeTrigger(trigger: TriggerPlan): string {
  if (trigger.kind !== "topic") return trigger.kind === "manual" ? `started ${BY_HAND}` : describeStart(trigger);
  const parts = [`topic ${trigger.topic}`];
  if (trigger.where !== undefined) parts.push(`where ${condition(trigger.where)}`);
  if (trigger.dedupe !== undefined) parts.push(`once per ${condition(trigger.dedupe.key)}`);
  if (trigger.ordering !== undefined) parts.push(`in order of ${trigger.ordering.by === "key" ? "key" : condition(trigger.ordering.by)}`);
  return parts.join(", ");
}

function drawBlock(block: BlockPlan, indent: string, end: boolean): readonly string[] {
  const lines: string[] = [];
  const rows = [...block.steps.map((step) => ({ step })), ...clausesOf(block.catch).map((clause) => ({ clause }))];
  const closes = end && block.value !== undefined;
  rows.forEach((row, index) => {
    const last = index === rows.length - 1 && !closes;
    const below = `${indent}${last ? "   " : "│  "}`;
    if ("step" in row) {
      lines.push(`${indent}${last ? "└─ " : "├─ "}${stepLine(row.step)}`);
      lines.push(...branchesOf(row.step).flatMap((branch, at, all) => drawBranch(branch, below, at === all.length - 1)));
    } else lines.push(...drawBranch(row.clause, indent, last));
  });
  if (closes) lines.push(`${indent}└─ value`);
  return lines;
}

function drawBranch({ label, block }: Branch, indent: string, last: boolean): readonly string[] {
  if (label === "") return drawBlock(block, indent, false);
  return [`${indent}${last ? "└─ " : "├─ "}(${label})`, ...drawBlock(block, `${indent}${last ? "   " : "│  "}`, false)];
}

function stepLine(step: StepPlan): string {
  const what = describeStep(step);
  const named = hasOwnId(step) ? `${step.id}: ${what}` : what;
  return step.when === undefined ? named : `${named}  when ${condition(step.when)}`;
}
