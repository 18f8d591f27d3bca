import type { Path, RunId } from "../../run-id.js";
import type { Fence } from "./commit.js";

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
