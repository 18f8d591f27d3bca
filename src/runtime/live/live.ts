import type { Parent, Wait } from "../../core/event.js";
import type { RunRow } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import type { FlowSlots } from "../trigger/flow-slots.js";
import type { RunReport } from "../world.js";
import type { Admissions } from "./admissions.js";
import type { Bind } from "./bind.js";
import type { Mailbox } from "./mailbox.js";
import type { OwnedRuns } from "./owned-runs.js";

export interface Caller {
  report(report: RunReport): void;
  /** The run goes on elsewhere, or nowhere. */
  lost(cause: unknown): void;
}

/** One for each time that the run is queued: its shard may go and come back meanwhile. */
export interface Queued {
  row: RunRow;
}

export interface Awaiting {
  readonly flow: string;
  readonly parent: Parent | null;
  readonly waits: readonly Wait[];
}

/** The journaled runs of this process, between their admission and their end. */
export interface Live {
  readonly mailbox: Mailbox;
  readonly admissions: Admissions;
  /** In memory. */
  readonly owned: OwnedRuns;
  /** Not in memory but for their rows, and waiting for a place to go on. */
  readonly queued: Map<RunId, Queued>;
  /** Ids of those that this process took out of memory: they wait for somebody. */
  readonly parked: Set<RunId>;
  /** Parked runs that wait for a lock alone, as long as something here may give it back. */
  readonly behindLocks: Map<RunId, Awaiting>;
  /** Ids of open runs that cannot go on here. */
  readonly unbindable: Set<RunId>;
  /** Parked runs that wait for runs which they have started and which go on by themselves. */
  readonly awaiting: Map<RunId, Awaiting>;
  /** Who waits for a run's end. */
  readonly callers: Map<RunId, Set<Caller>>;
  readonly bind: Bind;
  readonly slots: FlowSlots;
  /** Name of this process in `run.owned`, and the epoch of its fences. */
  readonly worker: string;
  epochOf(run: RunId): number;
}

/** Whether this process has the run, in memory or out of it: its admission is durable, or about to be. */
export const isKnown = ({ owned, queued, parked, awaiting, behindLocks, unbindable }: Live, run: RunId): boolean => [owned, queued, parked, awaiting, behindLocks, unbindable].some((known) => known.has(run));
