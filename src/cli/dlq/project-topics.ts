import type { ProjectOptions } from "../commands/project-options.js";
import { CommandError } from "../exit.js";
import { compileFlows } from "../files/compile-flows.js";
import { projectBroker } from "../operator/project-broker.js";

/**
 * Topics of the project's flows, and those of their dead letters: a broker may be many projects', and letters of the others
 * are theirs to see and to redrive. Null: all, on the embedded bus, and where not every flow can be read.
 */
export async function projectTopics(options: ProjectOptions): Promise<ReadonlySet<string> | null> {
  if (projectBroker(options) === null) return null;
  try {
    const { flows } = await compileFlows([], options);
    if (flows.length === 0 || flows.some(({ plan }) => plan === null)) return null;
    return new Set(flows.flatMap(({ plan }) => Object.entries(plan?.topics ?? {}).flatMap(([topic, { dlq }]) => (dlq === undefined ? [topic] : [topic, dlq]))));
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
