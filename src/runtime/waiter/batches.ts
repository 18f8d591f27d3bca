import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { waitsGroup } from "../../core/plan/topic-needs.js";
import type { Delivery } from "../../core/ports/bus.js";
import type { InboxRow, Waiter } from "../../core/ports/store.js";
import { actOnAll } from "../live/act-on-all.js";
import { patiently } from "../patience.js";
import { acknowledged } from "../trigger/acknowledged.js";
import { type DeadLetter, deadLetterOf } from "../trigger/dead-letter.js";
import { createDeliver } from "../trigger/deliver.js";
import { messageId } from "../trigger/identity.js";
import type { HandleBatch } from "../trigger/pure-batch.js";
import { compileScreen, type Screened } from "../trigger/screen.js";
import { createBinder, type TopicTrigger } from "../trigger/variables.js";
import type { World } from "../world.js";
import { messageName } from "./message-name.js";

/** How the waits of a flow read a topic: one group for all of them. */
export const waitingTrigger = (plan: FlowPlan, topic: string): TopicTrigger => ({
  kind: "topic",
  topic,
  group: waitsGroup(plan),
  message: plan.topics[topic]?.message ?? "",
  concurrency: 1,
  with: { data: "literal", value: null },
});

/** I14: each message goes to every run that waits for its key, and is acknowledged when all of them have it. */
export function waitedBatches(plan: FlowPlan, trigger: TopicTrigger, world: World): HandleBatch {
  const { ports, stats, stopped } = world;
  const { topic } = trigger;
  const binder = createBinder(plan, trigger);
  const screen = compileScreen(plan, trigger, binder);
  const deliver = createDeliver(plan, plan.topics[topic]?.dlq, world);

  /** At once: what is bound holds until the next message. */
  function sorted(batch: readonly Delivery[]): { readonly keyed: readonly (readonly [string, Screened])[]; readonly letters: readonly DeadLetter[] } {
    const keyed: (readonly [string, Screened])[] = [];
    const letters: DeadLetter[] = [];
    for (const delivery of batch) {
      const screened = screen(delivery);
      if (screened === "dropped") continue;
      if (screened.verdict === "poison") letters.push(deadLetterOf(plan.id, screened));
      else {
        const key = binder.key(delivery);
        if (key !== null) keyed.push([key, screened]);
      }
    }
    return { keyed, letters };
  }

  return async (batch, subscription) => {
    const { keyed, letters } = sorted(batch);
    const keys = [...new Set(keyed.map(([key]) => key))];
    const waiters = keys.length === 0 ? [] : await patiently(ports.clock, stopped, () => ports.store.waiters(plan.id, topic, keys));
    const byKey = Map.groupBy(waiters, ({ key }) => key);
    // Each run hears of them in the messages' order.
    const told = keyed.flatMap(([key, { delivery, message }]) => (byKey.get(key) ?? []).map(({ run, wait }: Waiter): InboxRow => ({
      id: `${wait}/${topic}/${messageId(delivery)}`,
      run,
      at: ports.clock.now(),
      by: `topic ${topic}`,
      request: { kind: "signal", name: messageName(wait, key), payload: message },
    })));
    await actOnAll(told, world, false);
    if (letters.length > 0 && !(await deliver([], letters))) return undefined;
    stats.counters.messages += batch.length;
    return acknowledged(batch, subscription, world);
  };
}
