import type { RunEvent } from "../event.js";
import type { RunId } from "../run-id.js";
import { foldRun } from "./fold-run.js";
import { emptyRun, type RunView } from "./run-view.js";

/** All events of a run and what they say at every one of them: scrubbing folds again from the nearest snapshot. */
export interface Timeline {
  readonly events: readonly RunEvent[];
  /** After 0, SNAPSHOT_EVERY, 2 × SNAPSHOT_EVERY, … events. */
  readonly snapshots: readonly RunView[];
  /** After all of them. */
  readonly last: RunView;
}

const SNAPSHOT_EVERY = 250;

export function emptyTimeline(run: RunId): Timeline {
  const empty = emptyRun(run);
  return { events: [], snapshots: [empty], last: empty };
}

/** Events that are known are left out; what comes behind a gap too, so that whoever reads again finds it missing. */
export function extend(timeline: Timeline, added: readonly RunEvent[]): Timeline {
  const fresh: RunEvent[] = [];
  let next = timeline.last.seq + 1;
  for (const event of added) {
    if (event.seq !== next) continue;
    fresh.push(event);
    next += 1;
  }
  if (fresh.length === 0) return timeline;
  const snapshots = [...timeline.snapshots];
  let { last } = timeline;
  let count = timeline.events.length;
  for (let from = 0; from < fresh.length; ) {
    const room = SNAPSHOT_EVERY - (count % SNAPSHOT_EVERY);
    const part = fresh.slice(from, from + room);
    last = foldRun(last, part);
    count += part.length;
    from += part.length;
    if (count % SNAPSHOT_EVERY === 0) snapshots.push(last);
  }
  return { events: [...timeline.events, ...fresh], snapshots, last };
}

/** The run as it was after the event with this seq. */
export function asOf(timeline: Timeline, seq: number): RunView {
  if (seq >= timeline.last.seq) return timeline.last;
  const count = Math.max(seq + 1, 0);
  const index = Math.floor(count / SNAPSHOT_EVERY);
  const snapshot = timeline.snapshots[index] ?? emptyRun(timeline.last.run);
  return foldRun(snapshot, timeline.events.slice(index * SNAPSHOT_EVERY, count));
}
