import { elapse } from "../../core/elapse.js";
import { leftToPublish } from "../../core/left-to-publish.js";
import { type Bus, type Outgoing, PublishRefused, TopicsHeld } from "../../core/ports/bus.js";
import type { Clock } from "../../core/ports/clock.js";
import { isBug } from "../is-bug.js";

const FIRST_MS = 50;
const LONGEST_MS = 5000;

export interface Refusal<M extends Outgoing = Outgoing> {
  readonly message: M;
  readonly reason: string;
}

/**
 * Publishes until the bus has everything (I22): an outage delays and loses nothing. What the broker will never take is
 * the result; a bug is thrown. Null when `ended` says that nobody waits any more; then any part may have been published.
 * `held`: takes what is for topics that take nothing now, instead of waiting for them here.
 */
export async function publishForever<M extends Outgoing>(bus: Bus, messages: readonly M[], clock: Clock, ended: () => boolean, held?: (left: readonly M[]) => void): Promise<readonly Refusal<M>[] | null> {
  const refused: Refusal<M>[] = [];
  let left = messages;
  for (let delay = FIRST_MS; ; ) {
    if (left.length === 0) return refused;
    try {
      await bus.publish(left);
      return refused;
    } catch (error) {
      const never = error instanceof PublishRefused ? refusalsOf(left, error) : [];
      if (error instanceof PublishRefused && never.length > 0) {
        refused.push(...never);
        left = leftToPublish(left, error);
        continue;
      }
      if (isBug(error)) throw error;
      if (error instanceof TopicsHeld) {
        left = left.filter(({ topic }) => error.topics.has(topic));
        if (held !== undefined) {
          held(left);
          return refused;
        }
      }
      if (ended()) return null;
      await elapse(clock, delay);
      if (ended()) return null;
      delay = Math.min(delay * 2, LONGEST_MS);
    }
  }
}

function refusalsOf<M extends Outgoing>(messages: readonly M[], { refused }: PublishRefused): readonly Refusal<M>[] {
  const reasons = new Map(refused.map(({ id, reason }) => [id, reason]));
  return messages.flatMap((message) => {
    const reason = reasons.get(message.id);
    return reason === undefined ? [] : [{ message, reason }];
  });
}
