/** shard (2 characters) + base32(sha256(flow, K, n)), 26 characters in all (I11, I17). */
export type RunId = string;
/** Ids joined by `/`, with `[i]` map index, `#i` loop iteration, `~m` model call, `~m.c` tool call, `!undo` (I6). */
export type Path = string;

/** Where something stands that concerns the run as a whole. */
export const WHOLE_RUN: Path = "";

/** Fixed at a store's creation (I11). */
export const SHARDS = 64;

/** The shards of one queue: they lie behind those of all other runs (I25). */
export const QUEUE_SHARDS = 16;

/** The first of them for the n-th queue of a store; of the last one the second is 1023. */
export const MOST_QUEUES = (1024 - SHARDS) / QUEUE_SHARDS;

/** Shards that are divided among the same processes, by the first of them: 0 for all runs but those of queues. */
export const poolFrom = (first: number): readonly number[] => Array.from({ length: poolSize(first) }, (_, at) => first + at);

export const poolSize = (first: number): number => (first === 0 ? SHARDS : QUEUE_SHARDS);

/** The first shard of the pool that a shard is in. */
export const poolOf = (shard: number): number => (shard < SHARDS ? 0 : shard - (shard % QUEUE_SHARDS));

/** RFC 4648, lower case: safe in headers, file names and URLs. */
export const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** The first two characters of the ids of a shard's runs: base32, so that an id is of one alphabet. */
export const shardPrefix = (shard: number): string => `${BASE32[shard >> 5] ?? ""}${BASE32[shard & 31] ?? ""}`;

const LENGTH = 26;

const FORM = new RegExp(`^[${BASE32}]{${LENGTH}}$`);

/** Whether a text has the form of the ids that runs are given here. */
export const isRunId = (text: string): boolean => FORM.test(text);

/** The shard that a run belongs to; ids of another making belong to shard 0. */
export function shardOf(run: RunId): number {
  const high = BASE32.indexOf(run.charAt(0));
  const low = BASE32.indexOf(run.charAt(1));
  return high < 0 || low < 0 || (high > 1 && run.length !== LENGTH) ? 0 : high * 32 + low;
}
