import type { RunEvent } from "../../event.js";
import type { Path, RunId } from "../../run-id.js";
import type { TextMessage } from "../bus.js";
import type { RunRow } from "./rows.js";

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
