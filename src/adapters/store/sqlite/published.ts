import type { Database } from "../../sqlite/database.js";

/** Marks "published" that are on their way to the file with somebody else's commit. */
export interface PublishedMarks {
  put(shard: number, ids: readonly string[]): void;
  has(shard: number, id: string): boolean;
  count(shard: number): number;
  /** When what was put is in the file, or cannot be. */
  flushed(): Promise<void>;
}

export function publishedMarks(database: Database): PublishedMarks {
  const shards = new Map<number, Set<string>>();
  let last: Promise<void> = Promise.resolve();
  const write = async (shard: number, ids: readonly string[]): Promise<void> => {
    try {
      await database.later("published", shard, ids);
    } catch {
      // A lost mark is a message published twice, and only by the next process: this one goes on leaving it out.
      return;
    }
    const marked = shards.get(shard);
    for (const id of ids) marked?.delete(id);
  };
  return {
    put(shard, ids) {
      const marked = shards.get(shard) ?? new Set();
      shards.set(shard, marked);
      for (const id of ids) marked.add(id);
      const before = last;
      const written = write(shard, ids);
      last = before.then(() => written);
    },
    has: (shard, id) => shards.get(shard)?.has(id) === true,
    count: (shard) => shards.get(shard)?.size ?? 0,
    flushed: () => last,
  };
}
