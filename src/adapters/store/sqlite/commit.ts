import type { DatabaseSync } from "node:sqlite";
import type { CommitResult } from "../../../core/ports/store.js";
import { itemApplier } from "./apply.js";
import { type Batch, readBatch } from "./batch.js";

/** Applies the items of a batch, in order; null: all are ok. */
export type Commit = (batch: Batch, items: number) => readonly CommitResult[] | null;

export function committer(db: DatabaseSync): Commit {
  const applyItem = itemApplier(db);
  return (batch, items) => {
    const from = readBatch(batch);
    let results: CommitResult[] | null = null;
    for (let at = 0; at < items; at += 1) {
      const result = applyItem(from);
      if (result !== "ok") results ??= Array.from({ length: at }, () => "ok" as const);
      results?.push(result);
    }
    return results;
  };
}
