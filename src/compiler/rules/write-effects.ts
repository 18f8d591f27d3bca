import type { FlowPlan, ToolPlan } from "../../core/plan/flow-plan.js";
import type { StepPlan, Target } from "../../core/plan/step.js";

type Parts = Pick<FlowPlan, "agents" | "tools">;

/** Names of what a step itself writes with, not those of steps below it: tools, and a `put`. An `emit` is no write. */
export function writeTools(step: StepPlan, { agents, tools }: Parts): readonly string[] {
  if (step.kind === "tool") return isWrite(tools[step.tool]) ? [step.tool] : [];
  // A name that no tool has.
  if (step.kind === "put") return [`put ${step.table}`];
  if (step.kind !== "agent") return [];
  const used = targets(step.agent).flatMap((name) => agents[name]?.tools ?? []);
  return [...new Set(used)].filter((name) => isWrite(tools[name]));
}

/** Of those the ones that nothing says how to undo: neither the step nor the tool (I33). */
export function unansweredWrites(step: StepPlan, parts: Parts): readonly string[] {
  if ("compensate" in step && step.compensate !== undefined) return [];
  // I33: nobody looks into a run of its own.
  if (step.kind === "call") return step.run?.writes === true ? [step.flow] : [];
  return writeTools(step, parts).filter((name) => parts.tools[name]?.compensate === undefined);
}

export const targets = (target: Target): readonly string[] => (typeof target === "string" ? [target] : target.from);

export const isWrite = (tool: ToolPlan | undefined): boolean => tool?.effect === "write";

/** What makes a tool of this kind idempotent: FC5019 refuses what its kind has not. */
export const keyed = ({ kind }: ToolPlan): string => (kind === "http" ? "`idempotency: header`" : "`idempotency: key`");

/** Sent again under the same key, the write is applied once. */
export const isIdempotent = (tool: ToolPlan): boolean => tool.idempotency.kind !== "none";
