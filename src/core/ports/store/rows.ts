import type { RunStatus, Wait } from "../../event.js";
import type { Json, JsonObject } from "../../json.js";
import type { Path, RunId } from "../../run-id.js";
import type { TextMessage } from "../bus.js";

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

export interface DeadLetterRow {
  readonly id: string;
  readonly flow: string;
  readonly at: number;
  readonly letter: JsonObject;
}

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
