import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Outgoing } from "../../core/ports/bus.js";
import { publishForever } from "../outbox/publish.js";
import { refusedRow } from "../outbox/refused-row.js";
import type { World } from "../world.js";
import { asMessage, asRow, type DeadLetter } from "./dead-letter.js";

/**
 * Publishes messages and dead letters that no journal holds: dead letters without a dlq, and what the broker will never
 * take, are kept in the store. False when the runtime ended first: nothing may be acknowledged then.
 */
export type Deliver = (messages: readonly Outgoing[], letters: readonly DeadLetter[]) => Promise<boolean>;

export function createDeliver(plan: FlowPlan, dlq: string | undefined, { ports, stats }: World, stopped: () => boolean): Deliver {
  const { bus, store, clock } = ports;
  const topic = bus === null ? undefined : dlq;
  return async (messages, letters) => {
    if (topic === undefined && letters.length > 0) await store.putDeadLetters(letters.map((letter) => asRow(letter, plan.id, clock.now())));
    const all = topic === undefined || letters.length === 0 ? messages : [...messages, ...letters.map((letter) => asMessage(letter, topic))];
    if (bus !== null && all.length > 0) {
      const refused = await publishForever(bus, all, clock, stopped);
      if (refused === null) return false;
      if (refused.length > 0) await store.putDeadLetters(refused.map((one) => refusedRow(plan.id, clock.now(), one)));
      stats.counters.dlq += refused.length;
    }
    stats.counters.emitted += messages.length;
    stats.counters.dlq += letters.length;
    return true;
  };
}
