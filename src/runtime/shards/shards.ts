import type { Fence, News } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";

/** The shards that this process drives (I11, I16). */
export interface Shards {
  /** Others drive what this process does not. */
  readonly shared: boolean;
  owns(run: RunId): boolean;
  mine(): readonly number[];
  /** How much of a pool, by its first shard, is this process's: 1 where it has no others beside it. */
  share(first: number): number;
  /** Of a shard that is not this process's: one that the store refuses. */
  fenceOf(shard: number): Fence;
  /** Its shard goes to another process as soon as nothing of it is under way here. */
  isLeaving(run: RunId): boolean;
  /** Whether an effect of the run may be sent: not when its shard is another's; a promise while that is uncertain. */
  mayAct(run: RunId): boolean | Promise<boolean>;
  /** Takes its share. */
  start(): Promise<void>;
  /** From now on shards come and go. */
  begin(): void;
  /** What is under way is over: others may take up all of it. */
  close(): Promise<void>;
}

/** What comes with shards that come and go. */
export interface ShardsHooks {
  /** They are this process's from now on. */
  gained(shards: readonly number[]): Promise<void>;
  /** They are about to be another's; resolves when nothing of their runs is under way here. */
  leaving(shards: ReadonlySet<number>): Promise<void>;
  /** They are another's already. */
  lost(shards: ReadonlySet<number>): void;
  /** What this process has of its pools is more or less than before. */
  shared(): void;
  /** Null: some may have been missed. */
  news(news: News | null): Promise<void>;
  /** For who watches the process. */
  notice(text: string): void;
  failed(cause: unknown): void;
}
