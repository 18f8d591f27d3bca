import type { GroupNeed, TopicNeed } from "../ports/broker.js";
import { stepsIn } from "./blocks.js";
import { emittedBy } from "./emitted-topics.js";
import type { Queues, Site } from "../queues.js";
import type { FlowPlan } from "./flow-plan.js";
import { taskTopics } from "./queue-uses.js";
import { waitedTopics } from "./waited-topics.js";

/** What flows need of a broker: each topic that they read, wait for, send to or put dead letters on, and those of the tasks of queues. */
export function topicNeeds(plans: readonly FlowPlan[], queues: Queues = {}, sites: readonly Site[] = []): readonly TopicNeed[] {
  const needs = new Map<string, { readonly topic: string; readonly groups: Map<string, GroupNeed>; dedupeMs: number | null; dlq: boolean }>();
  const need = (topic: string) => {
    const known = needs.get(topic) ?? { topic, groups: new Map<string, GroupNeed>(), dedupeMs: null, dlq: false };
    needs.set(topic, known);
    return known;
  };
  for (const plan of plans) {
    for (const trigger of plan.triggers) {
      if (trigger.kind !== "topic") continue;
      const { topic, group, from = "latest", ordering, dedupe } = trigger;
      const its = need(topic);
      its.groups.set(group, { group, from, ordered: ordering !== undefined });
      if (dedupe !== undefined && dedupe.ttl !== "forever") its.dedupeMs = Math.max(its.dedupeMs ?? 0, dedupe.ttl);
    }
    for (const topic of waitedTopics(plan)) need(topic).groups.set(waitsGroup(plan), { group: waitsGroup(plan), from: "latest", ordered: false });
    for (const { body } of [plan, ...Object.values(plan.flows ?? {})]) for (const step of stepsIn(body)) for (const topic of emittedBy(step)) need(topic);
  }
  for (const plan of plans) {
    for (const tool of Object.values(plan.tools)) {
      if (tool.kind !== "request") continue;
      need(tool.topic);
      need(tool.reply).groups.set(repliesGroup(plan), { group: repliesGroup(plan), from: "latest", ordered: false });
    }
    for (const trigger of plan.triggers) if (trigger.kind === "topic" && trigger.reply !== undefined) need(trigger.reply);
  }
  for (const { topic, group } of taskTopics(plans, queues, sites)) need(topic).groups.set(group, { group, from: "earliest", ordered: false });
  for (const { topics } of plans) for (const [topic, { dlq }] of Object.entries(topics)) if (dlq !== undefined && needs.has(topic)) need(dlq).dlq = true;
  return [...needs.values()].map(({ groups, ...rest }) => ({ ...rest, groups: [...groups.values()] })).sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

/** One group for all waits of a flow. */
export const waitsGroup = ({ id }: Pick<FlowPlan, "id">): string => `${id}.waits`;

/** One group for all answers to the requests of a flow. */
export const repliesGroup = ({ id }: Pick<FlowPlan, "id">): string => `${id}.replies`;
