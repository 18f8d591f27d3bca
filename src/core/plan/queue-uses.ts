import { type Queues, type Site, taskGroup, taskTopic } from "../queues.js";
import { stepsIn } from "./blocks.js";
import type { FlowPlan } from "./flow-plan.js";

/** What a flow sends to a queue; `flow` is the one whose runs send it. */
export interface QueueUse {
  readonly flow: string;
  readonly queue: string;
  /** Its tasks go to sites. */
  readonly keyed: boolean;
}

/** Queues of a flow's steps, and of the flows that it starts as runs of their own. */
export function queueUses(plan: FlowPlan): readonly QueueUse[] {
  const uses = new Map<string, QueueUse>();
  for (const { id: flow, body } of [plan, ...Object.values(plan.flows ?? {})]) {
    for (const { queue } of stepsIn(body)) {
      if (queue === undefined) continue;
      const use = { flow, queue: queue.name, keyed: queue.key !== undefined };
      uses.set(JSON.stringify(use), use);
    }
  }
  return [...uses.values()];
}

/** A topic of tasks, and the group of its workers. */
export interface TaskTopic {
  readonly topic: string;
  readonly group: string;
  readonly site: Site;
}

/** The topics of the tasks of these flows; `sites`: those beside the project's. */
export function taskTopics(plans: readonly FlowPlan[], queues: Queues, sites: readonly Site[] = []): readonly TaskTopic[] {
  const found = new Map<string, TaskTopic>();
  for (const { flow, queue, keyed } of plans.flatMap(queueUses)) {
    const keys = keyed ? [...(queues[queue]?.keys ?? []), ...sites.flatMap((site) => (site.queue === queue && site.key !== null ? [site.key] : []))] : [null];
    for (const key of keys) {
      const site = { queue, key };
      const topic = taskTopic(queues, flow, site);
      found.set(topic, { topic, group: taskGroup(site), site });
    }
  }
  return [...found.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

/** Whether a worker that was asked for these sites serves this one: a queue without a key is all of it. */
export const serves = (asked: readonly Site[], { queue, key }: Site): boolean => asked.some((site) => site.queue === queue && (site.key === null || site.key === key));
