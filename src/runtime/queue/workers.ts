import { serves, taskTopics, type TaskTopic } from "../../core/plan/queue-uses.js";
import type { FlowPlan, TriggerPlan } from "../../core/plan/flow-plan.js";
import { siteName, type Role } from "../../core/queues.js";
import type { RuntimePorts } from "../ports.js";
import type { Signal } from "../../core/signal.js";
import { type Consumer, startConsumer } from "../trigger/consumer.js";
import { BATCH } from "../trigger/reading.js";
import type { Slots } from "../trigger/slots.js";
import type { World } from "../world.js";
import { taskBatches } from "./task-batches.js";

/** This process as a worker of queues. */
export interface Workers {
  /** Reads the tasks of these flows that it serves and does not read yet. */
  read(plans: readonly FlowPlan[], anew: boolean): Promise<void>;
  consumers(): readonly Consumer[];
  close(): Promise<void>;
}

const DEFAULT_CONCURRENCY = 64;

export const concurrencyOf = ({ queues = {} }: Pick<RuntimePorts, "queues">, queue: string): number => queues[queue]?.concurrency ?? DEFAULT_CONCURRENCY;

export function createWorkers(world: World, role: Role, slotsOf: (site: string) => Slots, more: Signal): Workers {
  const { bus, queues = {} } = world.ports;
  /** By topic: they outlive a version of their flow. */
  const reading = new Map<string, Consumer>();

  async function start({ topic, group, site }: TaskTopic, anew: boolean): Promise<void> {
    if (bus === null || reading.has(topic)) return;
    const slots = slotsOf(siteName(site));
    const most = concurrencyOf(world.ports, site.queue);
    // It takes no more than it can do: the others are for the next worker.
    const trigger: TriggerPlan & { readonly kind: "topic" } = { kind: "topic", topic, group, from: "earliest", message: "", concurrency: most, with: { data: "literal", value: null } };
    reading.set(topic, await startConsumer({ bus, trigger, handle: taskBatches(group, world), most: Math.min(most, BATCH), hasRoom: () => slots.load() < most, more, anew }, world));
  }

  return {
    async read(plans, anew) {
      const asked = role.queues;
      for (const topic of taskTopics(plans, queues, asked ?? [])) if (asked === null || serves(asked, topic.site)) await start(topic, anew);
    },
    consumers: () => [...reading.values()],
    async close() {
      await Promise.all([...reading.values()].map((one) => one.close()));
    },
  };
}
