import type { EventMap, EventType, RunEvent } from "../../core/event.js";
import type { Path, RunId } from "../../core/run-id.js";

interface Envelope<T extends EventType> {
  readonly type: T;
  readonly run: RunId;
  readonly seq: number;
  readonly at: number;
  path?: Path;
  durable?: false;
  readonly data: EventMap[T];
}

/** An event in its envelope, as journal and observers get it. */
export function makeEvent<T extends EventType>(type: T, run: RunId, seq: number, at: number, path: Path | null, durable: boolean, data: EventMap[T]): RunEvent {
  const event: Envelope<T> = { type, run, seq, at, data };
  if (path !== null) event.path = path;
  if (!durable) event.durable = false;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript does not see that one T with its EventMap[T] is one member of the union
  return event as RunEvent;
}
