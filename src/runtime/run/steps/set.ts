import type { StepPlan } from "../../../core/plan/step.js";
import type { Maker, StepBody } from "../ready.js";

export function makeSet(maker: Maker, plan: StepPlan & { kind: "set" }): StepBody {
  const value = maker.output(plan.value);
  return { compute: (frame) => value(frame.env), act: null, records: false };
}
