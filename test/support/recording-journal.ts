import type { EventMap, EventType, RunEvent } from "../../src/core/event.js";
import type { Path, RunId } from "../../src/core/run-id.js";
import type { Journal } from "../../src/runtime/run/journal.js";

export interface RecordingJournal extends Journal {
  readonly events: RunEvent[];
  /** Events that a barrier has passed: what a crash would leave. */
  durable(): readonly RunEvent[];
}

/** Keeps what is appended; a barrier takes one turn of microtasks. */
export function recordingJournal(run: RunId, before: readonly RunEvent[] = [], now: () => number = () => 0): RecordingJournal {
  const events = [...before];
  let durable = before.length;
  return {
    run,
    events,
    durable: () => events.slice(0, durable),
    append<T extends EventType>(type: T, path: Path | null, data: EventMap[T]) {
      const event: unknown = { type, run, seq: events.length, at: now(), ...(path === null ? {} : { path }), data };
      if (isEvent(event)) events.push(event);
    },
    async barrier() {
      const until = events.length;
      await Promise.resolve();
      durable = Math.max(durable, until);
    },
  };
}

const isEvent = (value: unknown): value is RunEvent => typeof value === "object" && value !== null && "type" in value;
