import type { DatabaseSync } from "node:sqlite";
import { emptyLog } from "../../sqlite/checkpoint.js";
import type { FlowPlan } from "../../../core/plan/flow-plan.js";
import { LOST_MS, SPENT_MS } from "../retention.js";

/** Large values of one transaction. */
const BLOBS = 16;

/** What retention asks of the thread that writes: little at a time, for commits wait for it. */
export function pruneWrites(db: DatabaseSync) {
  // All at once: what has a request is looked up in one pass.
  const find = db.prepare("SELECT rid, id, hash, admitted FROM runs WHERE rid IN (SELECT value FROM json_each(?)) AND finished < ? AND lane IS NULL AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.rid = runs.rid) AND id NOT IN (SELECT json_extract(request, '$.run') FROM inbox)");
  const spend = db.prepare("INSERT OR REPLACE INTO spent (id, admitted, until) VALUES (?, ?, ?)");
  // No item expects that seq: whoever still has the run in memory appends nothing.
  const hide = db.prepare("UPDATE runs SET seq = -2, flow = NULL, hash = NULL, admitted = NULL, state = 'pruned', finished = NULL, waits = NULL, error = NULL, driven = NULL, incident = NULL WHERE rid = ?");
  // The newest run keeps its row: SQLite would give its integer to the next one, and who remembers it would write there.
  const hidden = db.prepare("SELECT rid, rid < (SELECT max(rid) FROM runs) AS older FROM runs WHERE state = 'pruned' AND (rid < (SELECT max(rid) FROM runs) OR EXISTS (SELECT 1 FROM journal WHERE journal.rid = runs.rid) OR EXISTS (SELECT 1 FROM blob_runs WHERE blob_runs.rid = runs.rid)) LIMIT 1");
  const entries = db.prepare("DELETE FROM journal WHERE n IN (SELECT n FROM journal WHERE rid = ? LIMIT ?)");
  const timers = db.prepare("DELETE FROM timers WHERE rid = ?");
  const blobsOf = db.prepare("SELECT hash FROM blob_runs WHERE rid = ? LIMIT ?");
  const unuseBlob = db.prepare("DELETE FROM blob_runs WHERE rid = ? AND hash = ?");
  const dropBlob = db.prepare("DELETE FROM blobs WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM blob_runs WHERE hash = ?)");
  const waiters = db.prepare("DELETE FROM waiters WHERE rid = ?");
  const snapshots = db.prepare("DELETE FROM snapshots WHERE rid = ?");
  const effects = db.prepare("DELETE FROM table_effects WHERE rid = ?");
  const remove = db.prepare("DELETE FROM runs WHERE rid = ?");
  const deleteLetters = db.prepare("DELETE FROM dead_letters WHERE flow = ? AND json_extract(letter, '$.key') = ?");
  // Its scope is a list: the flow, the day, the key.
  const forgetBudgets = db.prepare("DELETE FROM budgets WHERE json_extract(scope, '$[0]') = ? AND json_extract(scope, '$[2]') = ? AND scope NOT IN (SELECT scope FROM budget_holds)");
  const expireSpent = db.prepare("DELETE FROM spent WHERE id IN (SELECT id FROM spent WHERE until < 9e999 AND until <= ? LIMIT ?)");
  const expireSeen = db.prepare("DELETE FROM seen WHERE (scope, key) IN (SELECT scope, key FROM seen WHERE until <= ? LIMIT ?)");
  const expireInbox = db.prepare("DELETE FROM inbox WHERE n IN (SELECT n FROM inbox WHERE json_extract(request, '$.at') <= ? AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = json_extract(request, '$.run') AND state IS NOT 'pruned') LIMIT ?)");
  const expireBudgets = db.prepare("DELETE FROM budgets WHERE scope IN (SELECT scope FROM budgets WHERE until < 9e999 AND until <= ? LIMIT ?)");
  const expireBodies = db.prepare("DELETE FROM bodies WHERE n IN (SELECT n FROM bodies WHERE until <= ? LIMIT ?)");
  const dropBody = db.prepare("DELETE FROM bodies WHERE key = ?");
  const plan = db.prepare("SELECT plan FROM plans WHERE hash = ?");
  const free = db.prepare("PRAGMA freelist_count");
  const pages = db.prepare("PRAGMA page_count");

  /** By hash: whether its runs may be of a dedupe key. */
  const deduped = new Map<string, boolean>();
  const isDeduped = (hash: string): boolean => {
    const known = deduped.get(hash);
    if (known !== undefined) return known;
    const text = plan.get(hash)?.["plan"];
    const stored: Pick<FlowPlan, "triggers"> | null = typeof text === "string" ? JSON.parse(text) : null;
    const found = stored === null || stored.triggers.some((trigger) => "dedupe" in trigger && trigger.dedupe !== undefined);
    deduped.set(hash, found);
    return found;
  };

  return {
    /** From now on the runs are not there, and their ids stay taken; what they hold is swept later. */
    hideRuns(rids: readonly number[], before: number, now: number): number {
      const rows = find.all(JSON.stringify(rids), before);
      for (const { rid = null, ...row } of rows) {
        // I17: with a key the next run is the next n, also after years, for tools may remember idempotency keys as long.
        spend.run(String(row["id"]), Number(row["admitted"]), isDeduped(String(row["hash"])) ? Infinity : now + SPENT_MS);
        hide.run(rid);
      }
      return rows.length;
    },
    /** Removes rows of hidden runs; false: there are no more. */
    sweepRuns(limit: number): boolean {
      for (let left = limit; left > 0; ) {
        const row = hidden.get();
        if (row === undefined) return false;
        const rid = Number(row["rid"]);
        left -= Number(entries.run(rid, left).changes) + 1;
        if (left < 0) return true;
        const blobs = blobsOf.all(rid, BLOBS);
        for (const { hash = null } of blobs) {
          unuseBlob.run(rid, hash);
          dropBlob.run(hash, hash);
        }
        // One may be a thousand pages.
        if (blobs.length === BLOBS) return true;
        timers.run(rid);
        waiters.run(rid);
        snapshots.run(rid);
        effects.run(rid);
        if (row["older"] === 1) remove.run(rid);
      }
      return true;
    },
    /** Gives how many. */
    deleteLettersOf: (flow: string, key: string): number => Number(deleteLetters.run(flow, key).changes),
    /** Sums over runs that count by the key, and in which no call is open; gives how many. */
    forgetBudgetsOf: (flow: string, key: string): number => Number(forgetBudgets.run(flow, key).changes),
    /** From now on what is deleted is overwritten, also in pages that get free. */
    beginErasing: (): void => db.exec("PRAGMA secure_delete=ON"),
    /** What earlier commits of the log hold goes too. */
    endErasing(): void {
      db.exec("PRAGMA secure_delete=FAST");
      emptyLog(db);
    },
    /** True: there may be more. */
    expireMarks: (now: number, limit: number): boolean => Number(expireSpent.run(now, limit).changes) + Number(expireSeen.run(now, limit).changes) + Number(expireInbox.run(now - LOST_MS, limit).changes) + Number(expireBudgets.run(now, limit).changes) >= limit,
    /** Few at a time: one may be a thousand pages. */
    expireBodies: (now: number): boolean => Number(expireBodies.run(now, BLOBS).changes) >= BLOBS,
    dropBodies(keys: readonly string[]): void {
      for (const key of keys) dropBody.run(key);
    },
    /** Gives free pages back, `all` or as long as they are more than one in four; true: there may be more. */
    shrink(limit: number, all: boolean): boolean {
      const unused = Number(free.get()?.["freelist_count"]);
      if (unused === 0) return false;
      if (!all && unused * 4 <= Number(pages.get()?.["page_count"])) return false;
      // `all`, for each step frees a page.
      db.prepare(`PRAGMA incremental_vacuum(${limit})`).all();
      // A file of an early version has no such mode: its pages are used again.
      return Number(free.get()?.["freelist_count"]) < unused;
    },
  };
}
