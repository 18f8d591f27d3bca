import type { RunEvent } from "../../core/event.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";

/** A run's end of the journal: what is queued, what is under way, who waits for it. */
export interface Line {
  readonly run: RunId;
  /** Seq of the last durable event, -1 for none. */
  durable: number;
  next: number;
  events: RunEvent[];
  index: IndexOp[];
  /** Waits for what is queued; made by the first barrier. */
  queued: PromiseWithResolvers<void> | null;
  /** Waits for what is under way. */
  flying: PromiseWithResolvers<void> | null;
  inFlight: boolean;
  /** JournalLost, or the store's end. */
  lost: Error | null;
}

export const createLine = (run: RunId, lastSeq: number): Line => ({
  run,
  durable: lastSeq,
  next: lastSeq + 1,
  events: [],
  index: [],
  queued: null,
  flying: null,
  inFlight: false,
  lost: null,
});

/** Nothing of the run goes on: what waits is told why. */
export function loseLine(line: Line, reason: Error): void {
  line.lost = reason;
  line.events = [];
  line.index = [];
  line.inFlight = false;
  line.flying?.reject(reason);
  line.queued?.reject(reason);
  line.flying = null;
  line.queued = null;
}

/** Nothing more of it is queued; who waits for what is under way hears how that ends. */
export function letGoLine(line: Line, reason: Error): void {
  line.lost = reason;
  line.events = [];
  line.index = [];
  line.queued?.reject(reason);
  line.queued = null;
}
