import { stepsIn } from "./blocks.js";
import type { FlowPlan } from "./flow-plan.js";

/** Topics that a flow's waits read. */
export const waitedTopics = ({ body }: Pick<FlowPlan, "body">): ReadonlySet<string> =>
  new Set([...stepsIn(body)].flatMap((step) => (step.kind === "wait" && step.for.is === "message" ? [step.for.topic] : [])));
