import type { RunEvent, RunStatus, Wait } from "../event.js";
import type { Json, JsonObject } from "../json.js";
import type { FlowPlan } from "../plan/flow-plan.js";
import type { Path, RunId } from "../run-id.js";
import type { TextMessage } from "./bus.js";

/** What a process put for another one's shard: it commits by itself, and the owner is told (I1). */
export interface News {
  /** `runs`: one was created, `name`. `inbox`: rows were put. `lane`, `lock`: `name` has a new head. `shards`: some are free, or their owners have become more or fewer. */
  readonly kind: "runs" | "inbox" | "lane" | "lock" | "shards";
  readonly shard: number;
  readonly name: string | null;
}

/** Who holds what, as the store says it now. */
export interface Shares {
  /** Of all pools. */
  readonly mine: readonly number[];
  /** In the order in which they were asked for. */
  readonly pools: readonly Pool[];
}
/** Shards that some of the processes divide among them. */
export interface Pool {
  /** Processes of it whose leases are not over, the asking one included. */
  readonly workers: number;
  readonly free: readonly number[];
}

/** Leases of processes on one store, by its own clock (I11): a shard belongs to who took it last, as long as that one renews. */
export interface Sharing {
  /** Holds what `owner` has for `ms` more; one who was not there before, or shares other pools than before, is told to the others. `pools`: each by its first shard. */
  renew(owner: string, ms: number, pools: readonly number[]): Promise<Shares>;
  /** The pool of a queue's runs, the same whoever asks, and how many processes share it now. */
  queue(name: string): Promise<{ readonly first: number; readonly workers: number }>;
  /** Processes that take messages and drive runs, by their leases: not those that work for queues alone. */
  serving(): Promise<number>;
  /** Of free shards: those that nobody else took meanwhile, with higher epochs than anybody before. */
  take(shards: readonly number[], owner: string): Promise<readonly Fence[]>;
  /** They are free at once, and the others are told. */
  release(shards: readonly number[], owner: string): Promise<void>;
  /** All of them, and the lease. */
  leave(owner: string): Promise<void>;
  /**
   * Holds back what a call may cost at most, if what is spent and held back leaves room for it: of several that ask at
   * once each sees the others. The same call once more takes the place of what it held. It goes where the item of the
   * call's end settles it, and counts no more when its run has ended. `fenced`: the shard is another process's.
   */
  reserve(hold: BudgetHold, fence: Fence): Promise<Reserved | "fenced">;
  /** What others tell, from now on; null when some may have been missed. */
  listen(heard: (news: News | null) => void): Promise<AsyncDisposable>;
}

/** I36: of a budget over runs, for a model call that has not begun. */
export interface BudgetHold {
  readonly run: RunId;
  readonly call: Path;
  readonly scope: string;
  readonly tokens: number;
  readonly usd: number;
  /** What all of them may come to. */
  readonly most: { readonly tokens?: number; readonly usd?: number };
}

export interface Reserved {
  readonly held: boolean;
  /** All that was spent and held back, without this call. */
  readonly tokens: number;
  readonly usd: number;
}

/** Who may append to a shard: a zombie's epoch is too old (I2, I16). */
export interface Fence {
  readonly shard: number;
  readonly epoch: number;
}

/**
 * What becomes durable together, or not at all (I2): events of one run, at least one, and the rows that depend on them.
 * `expectedSeq` is the seq of the run's last durable event, -1 to create it. Creating is unfenced (I1).
 * If the entry that began at `expectedSeq + 1` has this `entryId`, the result is ok and nothing changes, also when
 * later entries follow it and whatever the fence: a lost reply can be retried.
 */
export interface CommitItem {
  readonly run: RunId;
  readonly expectedSeq: number;
  readonly entryId: string;
  readonly fence: Fence | null;
  readonly events: readonly RunEvent[];
  readonly index: readonly IndexOp[];
}

export type IndexOp =
  /** Belongs to the shard of its run. */
  | { readonly op: "outbox.put"; readonly message: TextMessage }
  | { readonly op: "timer.put"; readonly path: Path; readonly due: number }
  | { readonly op: "timer.delete"; readonly path: Path }
  /** Puts the run at the end of its lane (I18). */
  | { readonly op: "lane.join"; readonly lane: string }
  | { readonly op: "lane.leave"; readonly lane: string }
  /** I14: messages of the topic with this key are the run's, for the wait that is called so. Idempotent. */
  | { readonly op: "waiter.put"; readonly topic: string; readonly key: string; readonly wait: string }
  /** Those of one wait, or all of the run. */
  | { readonly op: "waiter.delete"; readonly wait: string | null }
  /** I36: held back from a budget over runs while a model call is under way; `until`: when nobody asks for the scope any more. */
  | { readonly op: "budget.hold"; readonly scope: string; readonly call: Path; readonly until: number; readonly tokens: number; readonly usd: number }
  /** What the call has cost, in the place of what was held back for it. */
  | { readonly op: "budget.settle"; readonly scope: string; readonly call: Path; readonly until: number; readonly tokens: number; readonly usd: number }
  /**
   * The place of a run (its path) in the queue for a lock: at its end, where it is not in it yet. Who is first has the
   * lock. `taken`: it knows that it has it. A store whose shards are apart may do these some time after the item, in
   * order for each place: a lock lies in the shard of its own text, not in that of the run.
   */
  | { readonly op: "lock.join"; readonly lock: string; readonly path: Path }
  | { readonly op: "lock.take"; readonly lock: string; readonly path: Path }
  | { readonly op: "lock.leave"; readonly lock: string; readonly path: Path }
  /** The event about it is in this item (I1). */
  | { readonly op: "inbox.delete"; readonly id: string }
  | { readonly op: "run.row"; readonly row: RunRow };

export type CommitResult = "ok" | "conflict" | "fenced";

/** One line per run, for lists and for recovery: open runs are those without `status`, parked ones have `waits`. */
export interface RunRow {
  readonly run: RunId;
  readonly flow: string;
  readonly hash: string;
  readonly admittedAt: number;
  readonly status: RunStatus | null;
  readonly waits: readonly Wait[];
  readonly finishedAt: number | null;
  /** The lane that it joined and has not left (I18). */
  readonly lane: string | null;
  /** Of a failed run. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The schedule or the request that it came from: told when the run is created, and kept whatever later rows say. */
  readonly origin?: string;
}

export type RunState = RunStatus | "running" | "parked";
/** What runs are asked for by: those in an incident are parked too. */
export type RunStateFilter = RunState | "incident";

/** A message that is durable and not marked as published. */
export interface OutboxRow {
  readonly run: RunId;
  readonly message: TextMessage;
  /** Grows from item to item over all shards: the runs of one lane lie in several (I22). */
  readonly position: number;
}

/** What somebody asks of a run's owner (I1): kept until the owner's event about it is durable. */
export interface InboxRow {
  readonly id: string;
  readonly run: RunId;
  /** ms since the epoch. */
  readonly at: number;
  readonly by: string;
  readonly request: RunRequest;
}
export type RunRequest =
  /** To an `ask`. */
  | { readonly kind: "answer"; readonly path: Path; readonly payload: Json }
  /** To a `wait`, also one that is not reached yet. */
  | { readonly kind: "signal"; readonly name: string; readonly payload: Json }
  | { readonly kind: "cancel"; readonly reason?: string }
  /** Ends an incident. */
  | { readonly kind: "resolve"; readonly path: Path; readonly action: "retry" | "skip" | "resolve"; readonly output?: Json }
  /** Of a failed run: its failed step runs again (I6). */
  | { readonly kind: "reopen" };

export interface Waiter {
  readonly run: RunId;
  readonly wait: string;
  readonly key: string;
}

/** What runs have spent of a budget over runs, what is held back included. */
export interface BudgetUse {
  readonly scope: string;
  readonly tokens: number;
  readonly usd: number;
}

/** A place in the queue for a lock. */
export interface LockPlace {
  readonly lock: string;
  readonly run: RunId;
  readonly path: Path;
}

/** A row of a table, as it is now. */
export interface TableRow {
  readonly key: string;
  readonly value: Json;
  /** When it was put, and until when it stays, null for ever; ms since the epoch. */
  readonly at: number;
  readonly until: number | null;
}

/** A write of one row. Its `effect` is its idempotency key (I10): the same once more changes nothing and has the same verdict. */
export interface RowPut {
  readonly table: string;
  readonly key: string;
  readonly value: Json;
  /** What the row must be, by its canonical JSON; null: there must be none; absent: it may be anything. */
  readonly expected?: { readonly value: Json } | null;
  readonly effect: string;
  readonly run: RunId;
  readonly now: number;
  readonly until: number | null;
}

/** The body of a message that is stored apart from it. */
export interface StoredBody {
  readonly key: string;
  readonly body: string;
  /** ms since the epoch; then it may go. */
  readonly until: number;
}

/** How much a store holds, for `doctor`. */
export interface StoreCounts {
  readonly running: number;
  /** Incidents included. */
  readonly parked: number;
  readonly incidents: number;
  readonly ended: number;
  readonly unsent: number;
  readonly deadLetters: number;
  /** Of tables, those past their time included. */
  readonly rows: number;
  /** On disk; null where that means nothing. */
  readonly bytes: number | null;
}

/** What of a flow is admitted and has not ended: a group at 0 says only that all is taken (I18). */
export interface Backlog {
  readonly flow: string;
  /** Under way, or waiting for a place. */
  readonly running: number;
  /** Incidents included. */
  readonly parked: number;
  readonly incidents: number;
}

/** Which ended runs are meant: those that ended before a time (ms since the epoch). */
export interface Ended {
  readonly before: number;
  readonly flow?: string;
  readonly state?: RunStatus;
}

export interface DeadLetterRow {
  readonly id: string;
  readonly flow: string;
  readonly at: number;
  readonly letter: JsonObject;
}

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
  /** The last tick of a schedule that was taken, ms since the epoch; null for one that was never served. */
  lastTick(schedule: string): Promise<number | null>;
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
