import type { EventMap, EventType, RunEvent, Wait } from "../../core/event.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { Path } from "../../core/run-id.js";
import { follow, type Held } from "../inbox/held.js";
import type { RunHandle } from "../run/context.js";
import type { RunHistory } from "../run/history.js";
import type { OwnedJournal } from "../run/journal.js";
import { signalsOf } from "../run/signals.js";
import type { Slots } from "../trigger/slots.js";
import { type AdmittedRun, rowOf } from "./admitted-run.js";

/** A run in the memory of its owner: it waits for its place, or is under way. Parked ones are not here (I12). */
export interface OwnedRun {
  readonly admitted: AdmittedRun;
  readonly slots: Slots;
  readonly history: RunHistory;
  readonly abort: AbortController;
  /** Every event of the run goes through it. */
  readonly journal: OwnedJournal;
  /** Null while it waits for its place. */
  handle: RunHandle | null;
  /** Looks whether it can be taken out of memory, as when it came to a stand; null while it waits for its place. */
  stands: (() => void) | null;
  /** It goes on, or rests; null unless it lingers. */
  stay: (() => void) | null;
  /** Paths whose asks and incidents are open, in the order of the journal: also of what is not durable yet. */
  readonly held: Map<Path, Held>;
  /** Ids of the signals that its journal holds: each counts once. */
  readonly heard: Set<string>;
  /** Signals of a run that has not begun. */
  readonly early: RunEvent[];
  /** Its row says that it waits, and nothing was appended since. */
  parked: boolean;
  /** Its end is appended. */
  ended: boolean;
  /** It is let go: if this process has its shard again, another one stands for it. */
  abandoned: boolean;
  /** The lane that it has not left (I18). */
  lane: string | null;
}

/** What an earlier process left. */
export interface Left {
  readonly held: Map<Path, Held>;
  readonly parked: boolean;
  readonly lane: string | null;
  /** Told before the first event of this owner (I16): it costs no commit of its own. */
  readonly owned: EventMap["run.owned"] | null;
}

/** The one row that wakes a parked run lies under no path (I15). */
export const WAKE: Path = "";

export function ownRun(admitted: AdmittedRun, slots: Slots, inner: OwnedJournal, history: RunHistory, left: Left): OwnedRun {
  let { owned: telling } = left;
  const journal: OwnedJournal = {
    run: inner.run,
    append<T extends EventType>(type: T, path: Path | null, data: EventMap[T], index?: readonly IndexOp[]) {
      follow(run.held, type, path, data);
      if (telling !== null) {
        const told = telling;
        telling = null;
        inner.append("run.owned", null, told);
      }
      if (type === "run.finished") run.ended = true;
      // In the item of what woke it, or the run would wait for ever after a crash. Before the event's own: what was woken for nothing parks again.
      inner.append(type, path, data, run.parked ? [...unparked(run, type), ...(index ?? [])] : index);
      run.parked = false;
    },
    barrier: () => inner.barrier(),
    close: () => inner.close(),
  };
  const run: OwnedRun = { admitted, slots, history, abort: admitted.driven ?? new AbortController(), journal, handle: null, stands: null, stay: null, held: left.held, heard: new Set(signalsOf(history.paths).all.keys()), early: [], parked: left.parked, ended: false, abandoned: false, lane: left.lane };
  if (history.cancelled) run.abort.abort();
  return run;
}

/** Index ops of a run that goes on by itself again. Its end and its next rest have rows of their own. */
function unparked({ admitted, lane }: OwnedRun, type: EventType): readonly IndexOp[] {
  const timer: IndexOp = { op: "timer.delete", path: WAKE };
  return type === "run.finished" || type === "run.parked" ? [timer] : [{ op: "run.row", row: rowOf(admitted, lane, null) }, timer];
}

/** Appends that it waits; true in `parked` until something is appended. `due`: when it wants to go on by itself. */
export function appendParked(run: OwnedRun, waits: readonly Wait[], due: number | null): void {
  const { admitted } = run;
  const released = admitted.lane?.releaseParked === true ? run.lane : null;
  if (released !== null) run.lane = null;
  const index: IndexOp[] = [{ op: "run.row", row: rowOf(admitted, run.lane, { waits }) }];
  if (released !== null) index.push({ op: "lane.leave", lane: released });
  if (due !== null) index.push({ op: "timer.put", path: WAKE, due });
  run.journal.append("run.parked", null, { waits }, index);
  run.parked = true;
}
