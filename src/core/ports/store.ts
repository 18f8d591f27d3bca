import type { RunEvent, RunStatus } from "../event.js";
import type { FlowPlan } from "../plan/flow-plan.js";
import type { Path, RunId } from "../run-id.js";
import type { CommitItem, CommitResult, Fence } from "./store/commit.js";
import type { Backlog, Ended, StoreCounts } from "./store/counts.js";
import type { BudgetUse, DeadLetterRow, InboxRow, LockPlace, OutboxRow, RowPut, RunRow, RunStateFilter, StoredBody, TableRow, Waiter } from "./store/rows.js";
import type { Sharing } from "./store/sharing.js";

// What the port speaks of.
export type * from "./store/commit.js";
export type * from "./store/counts.js";
export type * from "./store/rows.js";
export type * from "./store/sharing.js";

/** What can be read beside the owner, also by another process. */
export interface StoreReader extends AsyncDisposable {
  /** Events of a run from a seq on, dense and in order; nothing for an unknown run. */
  read(run: RunId, fromSeq: number): AsyncIterable<RunEvent>;
  run(run: RunId): Promise<RunRow | null>;
  /** Newest first; `before`: those that were created before that run. */
  runs(filter: { readonly flow?: string; readonly state?: RunStateFilter; readonly before?: RunId; readonly limit: number }): Promise<readonly RunRow[]>;
  /** Runs whose id begins so, at most two: whoever types an id need not type all of it. */
  runsLike(prefix: string): Promise<readonly RunRow[]>;
  plan(hash: string): Promise<FlowPlan | null>;
  /** Newest first. `id`: the beginning of theirs; `before`: the id of the one before the first of them. */
  deadLetters(filter: { readonly flow?: string; readonly id?: string; readonly before?: string; readonly limit: number }): Promise<readonly DeadLetterRow[]>;
  counts(): Promise<StoreCounts>;
  /** By flow, in order of their names. */
  backlog(): Promise<readonly Backlog[]>;
  /** By scope; one of which nothing is known is left out. */
  budgets(filter: { readonly scope?: string; readonly limit: number }): Promise<readonly BudgetUse[]>;
  /** Who has the lock: the place that joined first of those that have not left. */
  lockHead(lock: string): Promise<LockPlace | null>;
  /** Null where there is no row, or none any more: one past its time is as if it had never been there. */
  tableRow(table: string, key: string, now: number): Promise<TableRow | null>;
  /** Those behind a key, in order of their keys. */
  tableRows(table: string, page: { readonly after?: string; readonly limit: number }, now: number): Promise<readonly TableRow[]>;
  /** Tables that have rows, by name. */
  tables(now: number): Promise<readonly { readonly table: string; readonly rows: number }[]>;
  /** Of a message whose body is stored apart; null where it is not there. */
  body(key: string): Promise<string | null>;
  /** What `prune` would remove, by flow and state. */
  prunable(ended: Ended): Promise<readonly { readonly flow: string; readonly state: RunStatus; readonly runs: number }[]>;
}

/**
 * Stores promise: an item is durable when `commit` resolves; the items of one call are applied in their order, each on
 * its own: one that is refused leaves no trace and its neighbours commit.
 */
export interface Store extends StoreReader {
  /** How processes divide the shards; absent where one process has the store to itself (I24). */
  readonly sharing?: Sharing;
  /** False: a flow that parks in it cannot come back after the process ends. */
  readonly durable: boolean;
  /** Takes the shard, with a higher epoch than anybody before: what an earlier owner appends is fenced from now on. */
  own(shard: number, owner: string): Promise<Fence>;
  /** One result per item. A rejection leaves every item undetermined: read or append again to settle (I2). */
  commit(items: readonly CommitItem[]): Promise<readonly CommitResult[]>;
  /** What a new owner has to drive: open runs that are not parked, and those in a lane, in order of admission. */
  openRuns(shard: number): Promise<readonly RunRow[]>;
  /** Idempotent; put before the first admission under it (I37). Endpoints (`binding`) are the newest ones. */
  putPlan(plan: FlowPlan): Promise<void>;
  /** Due at or before `until`, soonest first. */
  timers(shard: number, until: number, limit: number): Promise<readonly { readonly run: RunId; readonly path: Path; readonly due: number }[]>;
  /** Durable when it resolves. A row whose `id` its run has there already is left as it is. */
  putInbox(row: InboxRow): Promise<void>;
  /** In the order in which they were put. */
  inbox(shard: number, limit: number): Promise<readonly InboxRow[]>;
  /** Unpublished messages in the order in which their items were committed. */
  outbox(shard: number, limit: number): Promise<readonly OutboxRow[]>;
  /**
   * Marks messages as published. A lost mark is a message published twice with one id, so a store may keep marks back
   * until its next commit; `outbox` leaves them out at once.
   */
  published(shard: number, ids: readonly string[]): Promise<void>;
  /** The run that joined the lane first of those that have not left it, or null. */
  laneHead(lane: string): Promise<RunId | null>;
  /** Places that are first and were not told so: who was there before them left when nobody was there to tell them. */
  untakenLocks(): Promise<readonly LockPlace[]>;
  /** Who waits for messages of a topic with one of these keys, among the runs of a flow. */
  waiters(flow: string, topic: string, keys: readonly string[]): Promise<readonly Waiter[]>;
  /** The hashes of the plans of open runs: newer versions may not have what these wait for. */
  openPlans(): Promise<readonly string[]>;
  /**
   * Durable when it resolves, and at once for all runs: of two that expect the same row, one gets `conflict`. What became
   * of an effect is remembered as long as its run is there, so that a lost reply, or a run that takes up where another
   * process ended, hears what it was and changes nothing, whatever others have put since.
   */
  putRow(put: RowPut): Promise<"ok" | "conflict">;
  /** Durable when it resolves. The same key once more is the same body, for longer. It goes some time after its time. */
  putBody(stored: StoredBody): Promise<void>;
  /** Of a run's journal (I39), as it was put last; null where there is none. */
  snapshot(run: RunId): Promise<string | null>;
  /**
   * What the run's journal came to at `seq`, in the place of an earlier one; null: none is needed any more. A cache: the
   * store may lose it at any time, makes no commit wait for it, and removes it with its run.
   */
  putSnapshot(run: RunId, snapshot: { readonly seq: number; readonly text: string } | null): Promise<void>;
  /** Dedupe keys of pure flows (I17): which of them are committed and not yet past their time. */
  seen(scope: string, keys: readonly string[], now: number): Promise<ReadonlySet<string>>;
  /** Committed after the emits are published and before the acknowledgement. `until` is Infinity for ttl forever. */
  markSeen(scope: string, keys: readonly { readonly key: string; readonly until: number }[]): Promise<void>;
  /** The last tick of a schedule that was taken, or when it began to be served, ms since the epoch; null for one that never was. */
  lastTick(schedule: string): Promise<number | null>;
  /** The same, `now` for one that never was: from then on it is served. */
  beginTicks(schedule: string, now: number): Promise<number>;
  /** Put after its run is durable: a tick that is taken twice is one run (I17). */
  putTick(schedule: string, time: number): Promise<void>;
  /** A row whose `id` is there already is left as it is. */
  putDeadLetters(rows: readonly DeadLetterRow[]): Promise<void>;
  /** Of letters that were redriven. */
  deleteDeadLetters(ids: readonly string[]): Promise<void>;
  /** When the run was admitted, also one that is no more there; null for an id that is free (I17). */
  admittedAt(run: RunId): Promise<number | null>;
  /**
   * Removes ended runs with all that is of them (I39), those that ended first first, `most` at the most; gives how many.
   * A run stays that has a message which is not sent, or a request which is not acted on. The ids stay taken: those of
   * runs with a dedupe key for ever, others for a week after `now`, by when what may be delivered again has been.
   */
  prune(ended: Ended, most: number, now: number): Promise<number>;
}
