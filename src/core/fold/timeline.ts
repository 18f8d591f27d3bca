import type { RunEvent } from "../event.js";
import type { RunId } from "../run-id.js";
import { foldRun } from "./fold-run.js";
import { emptyRun, type RunView } from "./run-view.js";

/** All events of a run and what they say at every one of them: scrubbing folds again from the nearest snapshot. */
export interface Timeline {
  readonly events: readonly RunEvent[];
  readonly snapshots: readonly Snapshot[];
  /** After all of them. */
  readonly last: RunView;
}

interface Snapshot {
  /** Of how many events. */
  readonly count: number;
  readonly view: RunView;
}

/** At least so many events lie between two snapshots, and as many as a snapshot has steps: together they cost no more than the events. */
const SNAPSHOT_EVERY = 250;

export function emptyTimeline(run: RunId): Timeline {
  const empty = emptyRun(run);
  return { events: [], snapshots: [{ count: 0, view: empty }], last: empty };
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
    const due = (snapshots.at(-1)?.count ?? 0) + Math.max(SNAPSHOT_EVERY, last.steps.size);
    const part = fresh.slice(from, from + Math.max(due - count, 1));
    last = foldRun(last, part);
    count += part.length;
    from += part.length;
    if (count >= due) snapshots.push({ count, view: last });
  }
  return { events: [...timeline.events, ...fresh], snapshots, last };
}

/** The run as it was after the event with this seq. */
export function asOf(timeline: Timeline, seq: number): RunView {
  if (seq >= timeline.last.seq) return timeline.last;
  const count = Math.max(seq + 1, 0);
  const from = timeline.snapshots.findLast((snapshot) => snapshot.count <= count) ?? { count: 0, view: emptyRun(timeline.last.run) };
  return foldRun(from.view, timeline.events.slice(from.count, count));
}
