import { InfraError } from "../../core/errors.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { topicNeeds } from "../../core/plan/topic-needs.js";
import { type Queues, type Site, siteName } from "../../core/queues.js";
import type { Broker, Provision } from "../../core/ports/broker.js";

/** Rejects with FC6044 where a topic is not there; gives what is there and too weak. `apply` is what makes it, as it is typed. */
export async function needTopics({ provisioner }: Pick<Broker, "provisioner">, plans: readonly FlowPlan[], queues: Queues, sites: readonly Site[], apply: string): Promise<readonly string[]> {
  const provisions = await provisioner.plan(topicNeeds(plans, queues, sites));
  const missing = provisions.filter(isMissing);
  if (missing.length > 0) {
    const [site] = sites.filter(({ queue, key }) => key !== null && queues[queue]?.keys.includes(key) !== true);
    if (site !== undefined && !(await provisioner.plan(topicNeeds(plans, queues))).some(isMissing)) {
      throw new InfraError("FC6044", `\`${siteName(site)}\` is no site that the project file lists, and the broker has no topic of its tasks.`, { hint: `name it in the \`keys\` of the queue \`${site.queue}\`; then \`${apply}\` makes the topic` });
    }
    const names = missing.map(({ what }) => what).join(", ");
    throw new InfraError("FC6044", `The broker does not have what the flows need: ${names}.`, { hint: `\`${apply}\` makes it; without \`--yes\` it only shows what` });
  }
  return provisions.flatMap(({ what, action, says, weak }) => [...(action === "change" ? [`FC6045: ${what}: ${says}; \`${apply}\` changes it`] : []), ...weak.map((one) => `FC6045: ${what}: ${one}`)]);
}

const isMissing = ({ of, action }: Provision): boolean => of === "topic" && action === "create";
