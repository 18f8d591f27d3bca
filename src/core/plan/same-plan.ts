import type { FlowPlan } from "./flow-plan.js";

/** One version with the same endpoints, which its hash says nothing of (I37). */
export const isSamePlan = (one: FlowPlan, other: FlowPlan): boolean => one.hash === other.hash && JSON.stringify(one.binding) === JSON.stringify(other.binding);
