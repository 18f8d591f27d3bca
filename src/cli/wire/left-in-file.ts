import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { topicNeeds } from "../../core/plan/topic-needs.js";
import type { TopicSummary } from "../../core/ports/operator.js";
import type { Queues } from "../../core/queues.js";

/** Gives FC6047 for messages of the file's own topics that the flows have not read: with a broker they read that one's alone. */
export function leftInFile(file: readonly TopicSummary[], plans: readonly FlowPlan[], queues: Queues | undefined): readonly string[] {
  const needs = topicNeeds(plans, queues);
  const left = file.flatMap(({ topic, messages, groups }) => {
    const lags = needs.filter((need) => need.topic === topic).flatMap((need) => need.groups.map(({ group }) => groups.find((one) => one.group === group)?.lag ?? (beginsWithAll(plans, topic, group) ? messages : 0)));
    const most = Math.max(0, ...lags);
    return most === 0 ? [] : [`${most} of \`${topic}\``];
  });
  return left.length === 0 ? [] : [`FC6047: messages that flows have not read are left in the file's own topics: ${left.join(", ")}; \`flowctl run\` without the broker takes them`];
}

/** A group that never read begins there with what is kept. */
const beginsWithAll = (plans: readonly FlowPlan[], topic: string, group: string): boolean =>
  plans.some(({ triggers }) => triggers.some((trigger) => trigger.kind === "topic" && trigger.topic === topic && trigger.group === group && trigger.from !== "latest"));
