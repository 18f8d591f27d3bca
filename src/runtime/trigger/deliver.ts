import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { DeadLetterRow } from "../../core/ports/store.js";
import { publishForever } from "../outbox/publish.js";
import { noticeOf, refusedRow } from "../outbox/refused-row.js";
import { patiently, Stopped } from "../patience.js";
import type { World } from "../world.js";
import { asMessage, asRow, type DeadLetter } from "./dead-letter.js";

/**
 * Publishes messages and dead letters that no journal holds: dead letters without a dlq, and what the broker will never
 * take, are kept in the store. False when the runtime ended first: nothing may be acknowledged then.
 */
export type Deliver = (messages: readonly Outgoing[], letters: readonly DeadLetter[]) => Promise<boolean>;

export function createDeliver({ id }: Pick<FlowPlan, "id">, dlq: string | undefined, { ports, stats, stopped }: World): Deliver {
  const { bus, store, clock } = ports;
  const topic = bus === null ? undefined : dlq;
  return async (messages, letters) => {
    const keep = (rows: readonly DeadLetterRow[]): Promise<void> => patiently(clock, stopped, () => store.putDeadLetters(rows));
    try {
      if (topic === undefined && letters.length > 0) await keep(letters.map((letter) => asRow(letter, id, clock.now())));
      const all = topic === undefined || letters.length === 0 ? messages : [...messages, ...letters.map((letter) => asMessage(letter, id, topic))];
      if (bus !== null && all.length > 0) {
        const refused = await publishForever(bus, all, clock, stopped);
        if (refused === null) return false;
        if (refused.length > 0) await keep(refused.map((one) => refusedRow(id, clock.now(), one)));
        for (const one of refused) ports.observer.notice?.(noticeOf(one));
        stats.counters.dlq += refused.length;
      }
    } catch (thrown) {
      if (thrown instanceof Stopped) return false;
      throw thrown;
    }
    stats.counters.emitted += messages.length;
    stats.counters.dlq += letters.length;
    for (const { notice } of letters) if (notice !== null) ports.observer.notice?.(notice);
    return true;
  };
}
