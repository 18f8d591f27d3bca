import { bodyOf, type Raw } from "../../core/bytes.js";
import { headersOfEvent } from "../../core/cloudevent.js";
import type { MessageSource } from "../../core/event.js";
import { REDRIVE, REDRIVE_AT, REDRIVE_OF, REDRIVE_TO } from "../../core/redrive-headers.js";
import type { Outgoing } from "../../core/ports/bus.js";
import type { RunId } from "../../core/run-id.js";

/** Of a message that the broker did not take: no flow has had it. */
const NEVER_READ = "";

export interface Redriven extends Raw {
  readonly source: MessageSource;
  readonly redrives: number;
  readonly flow: string | null;
  /** The run that failed; null where there was none. */
  readonly run: RunId | null;
}

/**
 * The message of a failed run or of a dead letter, to its topic once more. The header makes it a new run, and what
 * identified it goes with it, so that the run's idempotency keys are those of the first one (I17). Other flows that
 * read the topic have had it: where it is known whose run or letter it was, they leave it.
 */
export function redriveOf({ source, redrives, flow, run, ...raw }: Redriven): Outgoing {
  const { topic, partition, offset, key, id, timestamp } = source;
  const place = `${topic}/${partition}/${offset}`;
  const again = redrives + 1;
  return {
    topic,
    key,
    // Whoever redrives it twice sends one message.
    id: `${id}/redrive/${again}`,
    headers: { ...source.headers, ...headersOfEvent(source.event), ...(source.traceparent === undefined ? {} : { traceparent: source.traceparent }), "flowctl-id": id, [REDRIVE]: String(again), ...(flow === null || offset === NEVER_READ ? {} : { [REDRIVE_TO]: flow }), ...(run === null || offset === NEVER_READ ? {} : { [REDRIVE_OF]: run }), ...(id === place ? { [REDRIVE_AT]: `${place}@${timestamp}` } : {}) },
    body: bodyOf(raw),
  };
}
