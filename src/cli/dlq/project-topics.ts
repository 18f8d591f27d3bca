import type { ProjectOptions } from "../commands/project-options.js";
import { topicNeeds } from "../../core/plan/topic-needs.js";
import { projectBroker } from "../operator/project-broker.js";
import { projectFlows } from "../files/project-flows.js";

/**
 * Topics of the project's flows, and those of their dead letters: a broker may be many projects', and letters of the others
 * are theirs to see and to redrive. Null: all, on the embedded bus, and where not every flow can be read.
 */
export async function projectTopics(options: ProjectOptions): Promise<ReadonlySet<string> | null> {
  if (projectBroker(options) === null) return null;
  const compiled = await projectFlows(options);
  if (compiled === null || compiled.flows.length === 0) return null;
  const plans = compiled.flows.map(({ plan }) => plan);
  return plans.includes(null) ? null : new Set(topicNeeds(plans.flatMap((plan) => plan ?? []), compiled.project.file?.queues).map(({ topic }) => topic));
}
