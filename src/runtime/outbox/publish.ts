import { type Bus, type Outgoing, PublishRefused } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;

export interface Refused {
  readonly message: Outgoing;
  readonly reason: string;
}

/**
 * Publishes until the broker has all, for ever with a backoff (I22): an outage loses nothing. The same ids again, so
 * that consumers can drop repetitions. Resolves with what the broker will never take.
 */
export async function publishAll(bus: Bus, clock: Clock, messages: readonly Outgoing[]): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  let left = messages;
  for (let delay = FIRST_DELAY_MS; left.length > 0; ) {
    try {
      await bus.publish(left);
      break;
    } catch (thrown) {
      if (thrown instanceof PublishRefused && thrown.refused.length > 0) {
        const reasons = new Map(thrown.refused.map(({ id, reason }) => [id, reason]));
        for (const message of left) {
          const reason = reasons.get(message.id);
          if (reason !== undefined) refused.push({ message, reason });
        }
        left = left.filter(({ id }) => !reasons.has(id));
        continue;
      }
      await new Promise<void>((resolve) => void clock.after(delay, resolve));
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    }
  }
  return refused;
}
