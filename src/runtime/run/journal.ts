import type { EventMap, EventType } from "../../core/event.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { Path, RunId } from "../../core/run-id.js";

/**
 * The journal of one run (I1–I4). `append` queues; events become durable in order of `seq`.
 * Only `barrier` makes a promise: when it resolves, all that was appended before is durable.
 * It rejects with JournalLost when another owner has the run: then start nothing more.
 */
export interface Journal {
  readonly run: RunId;
  append<T extends EventType>(type: T, path: Path | null, data: EventMap[T], index?: readonly IndexOp[]): void;
  barrier(): Promise<void>;
}

/** As its owner has it. */
export interface OwnedJournal extends Journal {
  /** The run is let go: what is queued is, too, and barriers reject with JournalLost; what is under way ends as it does. */
  close(): void;
}

export class JournalLost extends Error {
  override readonly name = "JournalLost";
  /** The store lacks what it said it had, and nobody else has the run: it goes on from what is there. */
  readonly behind: boolean;
  constructor(message: string, { behind = false } = {}) {
    super(message);
    this.behind = behind;
  }
}
