import { InfraError } from "../../core/errors.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { queueUses } from "../../core/plan/queue-uses.js";

/** Throws FC6055 for topics that only this process would read: the store on PostgreSQL is shared, and no broker is named. */
export function needNoTopics(plans: readonly FlowPlan[]): void {
  const [flow] = plans.filter((plan) => Object.keys(plan.topics).length > 0 || queueUses(plan).length > 0);
  if (flow !== undefined) throw new InfraError("FC6055", `\`${flow.id}\` has ${queueUses(flow).length > 0 ? "queues" : "topics"}, and the store on PostgreSQL is shared, while the embedded broker is not.`, { hint: "name a `broker` in flowctl.yaml, or take `store: sqlite:PATH`" });
}
