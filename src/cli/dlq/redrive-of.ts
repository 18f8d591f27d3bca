import type { MessageSource } from "../../core/event.js";
import type { Outgoing } from "../../core/ports/bus.js";

/**
 * The message of a failed run or of a dead letter, to its topic once more. The header makes it a new run, and what
 * identified it goes with it, so that the run's idempotency keys are those of the first one (I17).
 */
export function redriveOf({ raw, source, redrives }: { readonly raw: string; readonly source: MessageSource; readonly redrives: number }): Outgoing {
  const { topic, partition, offset, key, id, timestamp } = source;
  const place = `${topic}/${partition}/${offset}`;
  const again = redrives + 1;
  return {
    topic,
    key,
    // Whoever redrives it twice sends one message.
    id: `${id}/redrive/${again}`,
    headers: { "flowctl-id": id, "flowctl-redrive": String(again), ...(id === place ? { "flowctl-at": `${place}@${timestamp}` } : {}) },
    body: raw,
  };
}
