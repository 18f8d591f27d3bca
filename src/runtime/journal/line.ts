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
  /** Who waits for what is queued. Each by itself: a wide map has thousands, who are not all woken in one turn. */
  queued: PromiseWithResolvers<void>[];
  /** Who waits for what is under way. */
  flying: PromiseWithResolvers<void>[];
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
  queued: [],
  flying: [],
  inFlight: false,
  lost: null,
});

export function wait(waiting: PromiseWithResolvers<void>[]): Promise<void> {
  const one = Promise.withResolvers<void>();
  waiting.push(one);
  return one.promise;
}

/** Nothing of the run goes on: what waits is told why. */
export function loseLine(line: Line, reason: Error): void {
  line.lost = reason;
  line.events = [];
  line.index = [];
  line.inFlight = false;
  for (const { reject } of [...line.flying, ...line.queued]) reject(reason);
  line.flying = [];
  line.queued = [];
}

/** Nothing more of it is queued; who waits for what is under way hears how that ends. */
export function letGoLine(line: Line, reason: Error): void {
  line.lost = reason;
  line.events = [];
  line.index = [];
  for (const { reject } of line.queued) reject(reason);
  line.queued = [];
}
