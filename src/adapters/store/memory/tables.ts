import type { RunEvent } from "../../../core/event.js";
import type { BudgetUse, InboxRow, LockPlace, TableRow, OutboxRow, RunRow, Waiter } from "../../../core/ports/store.js";
import type { Path, RunId } from "../../../core/run-id.js";

export interface StoredRun {
  /** Index = seq; empty once they are forgotten. */
  readonly events: RunEvent[];
  lastSeq: number;
  /** Entry ids by the seq that the entry began at. */
  readonly entries: Map<number, string>;
  row: RunRow | null;
  snapshot: { readonly seq: number; readonly text: string } | null;
}

/** Everything that commit items touch. By shard where the port reads by shard. */
export interface Tables {
  /** In order of creation. */
  readonly runs: Map<RunId, StoredRun>;
  /** Runs that have ended and are still whole, in that order. */
  readonly ended: Set<RunId>;
  /** Of runs that were pruned: when they were admitted. */
  readonly spent: Map<RunId, number>;
  readonly epochs: Map<number, number>;
  readonly outbox: Map<number, Map<string, OutboxRow>>;
  /** Of the last message that was put. */
  outboxEnd: number;
  readonly timers: Map<number, Map<string, { readonly run: RunId; readonly path: Path; readonly due: number }>>;
  /** By topic and key. */
  readonly waiters: Map<string, Set<Waiter>>;
  /** The same by run. */
  readonly waitersOf: Map<RunId, Map<Waiter, string>>;
  /** Runs in the order in which they joined. */
  readonly lanes: Map<string, Set<RunId>>;
  /** By what is locked, in the order in which they joined; by run and path. */
  readonly locks: Map<string, Map<string, LockPlace & { taken: boolean }>>;
  /** By id, in the order in which they were put. */
  readonly inbox: Map<string, InboxRow>;
  /** Rows of tables by table and key. */
  readonly rows: Map<string, Map<string, TableRow>>;
  /** By run: what became of the effects that put rows. */
  readonly effects: Map<RunId, Map<string, "ok" | "conflict">>;
  readonly effectRuns: Map<string, RunId>;
  /** Settled, by scope; and what is held back, by run and call. */
  readonly budgets: Map<string, { tokens: number; usd: number; readonly until: number }>;
  readonly holds: Map<string, BudgetUse>;
}

export const createTables = (): Tables => ({ runs: new Map(), ended: new Set(), spent: new Map(), epochs: new Map(), outbox: new Map(), outboxEnd: 0, timers: new Map(), waiters: new Map(), waitersOf: new Map(), lanes: new Map(), locks: new Map(), inbox: new Map(), rows: new Map(), effects: new Map(), effectRuns: new Map(), budgets: new Map(), holds: new Map() });
