import type { DatabaseSync } from "node:sqlite";
import { inboxId } from "./apply.js";
import { committer } from "./commit.js";
import { pruneWrites } from "./prune-writes.js";
import { rowWrites } from "./row-writes.js";

/** Expired marks that are deleted with each marking: more than it makes, so that they do not heap up. */
const EXPIRED = 1000;

/** The store's side of the thread that writes. */
export function storeWrites(db: DatabaseSync) {
  const own = db.prepare("INSERT INTO shards (shard, epoch, owner) VALUES (?, 1, ?) ON CONFLICT (shard) DO UPDATE SET epoch = epoch + 1, owner = excluded.owner RETURNING epoch");
  const setMeta = db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");
  const putPlan = db.prepare("INSERT OR REPLACE INTO plans (hash, plan) VALUES (?, ?)");
  const putInbox = db.prepare("INSERT OR IGNORE INTO inbox (id, shard, request) VALUES (?, ?, ?)");
  const published = db.prepare("DELETE FROM outbox WHERE shard = ? AND id = ?");
  const markSeen = db.prepare("INSERT OR REPLACE INTO seen (scope, key, until) VALUES (?, ?, ?)");
  const expire = db.prepare(`DELETE FROM seen WHERE (scope, key) IN (SELECT scope, key FROM seen WHERE until <= ? LIMIT ${EXPIRED})`);
  const putLetter = db.prepare("INSERT OR IGNORE INTO dead_letters (id, flow, at, letter) VALUES (?, ?, ?, ?)");
  const dropPlan = db.prepare("DELETE FROM plans WHERE hash = ?");
  /** Put since the file was opened: a run may be admitted under it at any time. */
  const loaded = new Set<string>();
  const putSnapshot = db.prepare(`INSERT INTO snapshots (rid, seq, snapshot) SELECT rid, ?2, ?3 FROM runs WHERE id = ?1 AND state IS NOT 'pruned'
    ON CONFLICT (rid) DO UPDATE SET seq = excluded.seq, snapshot = excluded.snapshot WHERE excluded.seq > seq`);
  const dropSnapshot = db.prepare("DELETE FROM snapshots WHERE rid = (SELECT rid FROM runs WHERE id = ?)");
  const putBody = db.prepare("INSERT INTO bodies (key, until, body) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET until = max(until, excluded.until)");
  const deleteLetter = db.prepare("DELETE FROM dead_letters WHERE id = ?");
  return {
    ...pruneWrites(db),
    ...rowWrites(db),
    commit: committer(db),
    own: (shard: number, owner: string): number => Number(own.get(shard, owner)?.["epoch"]),
    setMeta(key: string, value: string | null): void {
      setMeta.run(key, value);
    },
    putPlan(hash: string, plan: string): void {
      loaded.add(hash);
      putPlan.run(hash, plan);
    },
    dropPlans(hashes: readonly string[]): void {
      for (const hash of hashes) if (!loaded.has(hash)) dropPlan.run(hash);
    },
    putInbox(run: string, id: string, shard: number, request: string): void {
      putInbox.run(inboxId(run, id), shard, request);
    },
    published(shard: number, ids: readonly string[]): void {
      for (const id of ids) published.run(shard, id);
    },
    putSnapshot(run: string, seq: number, snapshot: string): void {
      putSnapshot.run(run, seq, snapshot);
    },
    dropSnapshot(run: string): void {
      dropSnapshot.run(run);
    },
    putBody(key: string, body: string, until: number): void {
      putBody.run(key, until, body);
    },
    markSeen(scope: string, keys: readonly { readonly key: string; readonly until: number }[], now: number): void {
      for (const { key, until } of keys) markSeen.run(scope, key, until);
      if (now > 0) expire.run(now);
    },
    putDeadLetters(rows: readonly { readonly id: string; readonly flow: string; readonly at: number; readonly letter: string }[]): void {
      for (const { id, flow, at, letter } of rows) putLetter.run(id, flow, at, letter);
    },
    deleteDeadLetters(ids: readonly string[]): void {
      for (const id of ids) deleteLetter.run(id);
    },
  };
}
