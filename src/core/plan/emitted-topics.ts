import type { StepPlan } from "./step.js";

/** Topics that a step itself sends to. */
export function emittedBy(step: StepPlan): readonly string[] {
  if (step.kind === "emit") return typeof step.topic === "string" ? [step.topic] : step.topic.from;
  return step.kind === "ask" && typeof step.to === "object" && step.to.is === "topic" ? [step.to.topic] : [];
}
