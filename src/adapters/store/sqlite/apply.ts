import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { CommitResult } from "../../../core/ports/store.js";
import { shardOf } from "../../../core/run-id.js";
import { onRollback } from "../../sqlite/transaction.js";
import type { BatchReader } from "./batch.js";
import { OP, readRow, type StoredRow } from "./items.js";

/** So many runs' integers are remembered. */
const KNOWN = 100_000;

/** Applies the next item of a batch, whole or not at all (I2). */
export function itemApplier(db: DatabaseSync): (from: BatchReader) => CommitResult {
  // Fact j: compare-and-set and fence in one statement.
  const fenced = (sql: string): readonly [StatementSync, StatementSync] => [db.prepare(sql), db.prepare(`${sql} AND (SELECT epoch FROM shards WHERE shard = ?) = ?`)];
  // The id of a run that was pruned stays taken (I17).
  const [create, createFenced] = fenced("INSERT OR IGNORE INTO runs (id, shard, seq, flow, hash, admitted, state, finished, lane, waits, error, incident, driven, origin) SELECT ?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM spent WHERE id = ?1)");
  const [advance, advanceFenced] = fenced("UPDATE runs SET seq = ? WHERE rid = ? AND seq = ?");
  // SQLite writes an index anew for each column of it that a statement names: what stays as it is, is looked at instead.
  const [advanceRow, advanceRowFenced] = fenced("UPDATE runs SET seq = ?, state = ?, finished = ?, lane = ?, waits = ?, error = ?, incident = ?, driven = ? WHERE rid = ? AND seq = ? AND flow IS ? AND hash IS ? AND admitted IS ?");
  const setRow = db.prepare("UPDATE runs SET flow = ?, hash = ?, admitted = ?, state = ?, finished = ?, lane = ?, waits = ?, error = ?, incident = ?, driven = ? WHERE rid = ?");
  const append = db.prepare("INSERT INTO journal (rid, seq, entry, events) VALUES (?, ?, ?, ?)");
  const entryAt = db.prepare("SELECT entry FROM journal WHERE rid = ? AND seq = ?");
  const ridOf = db.prepare("SELECT rid FROM runs WHERE id = ?");
  const epochOf = db.prepare("SELECT epoch FROM shards WHERE shard = ?");
  const applyOp = opApplier(db);
  const putBlob = db.prepare("INSERT OR IGNORE INTO blobs (hash, value) VALUES (?, ?)");
  const useBlob = db.prepare("INSERT OR IGNORE INTO blob_runs (rid, hash) VALUES (?, ?)");
  const keepBlob = (rid: number, hash: string, value: string): void => {
    putBlob.run(hash, value);
    useBlob.run(rid, hash);
  };

  let rids = new Map<string, number>();
  onRollback(db, () => {
    rids = new Map();
  });
  const know = (run: string, rid: number): number => {
    if (rids.size >= KNOWN) rids = new Map();
    rids.set(copyOf(run), rid);
    return rid;
  };
  const find = (run: string): number | null => {
    const known = rids.get(run);
    if (known !== undefined) return known;
    const rid = ridOf.get(run)?.["rid"];
    return typeof rid === "number" ? know(run, rid) : null;
  };
  const holds = (shard: number, epoch: number): boolean => shard < 0 || epochOf.get(shard)?.["epoch"] === epoch;

  return (from) => {
    const run = from.text() ?? "";
    const expected = from.number();
    const last = from.number();
    const entry = from.text() ?? "";
    const shard = from.number();
    const epoch = from.number();
    const events = from.text() ?? "";
    const blobs = Array.from({ length: from.number() }, () => [from.text() ?? "", from.text() ?? ""] as const);
    const row = from.number() === 1 ? readRow(from) : null;

    /** False where it is refused, and where the run's row was another flow's or there was none. */
    const takeRow = (rid: number, { flow, hash, admitted, state, finished, lane, waits, error, incident, driven }: StoredRow): boolean => {
      const values = [last, state, finished, lane, waits, error, incident, driven, rid, expected, flow, hash, admitted] as const;
      const { changes } = shard < 0 ? advanceRow.run(...values) : advanceRowFenced.run(...values, shard, epoch);
      return changes !== 0;
    };
    /** The run's integer when it took the item. */
    const take = (): number | null => {
      if (expected < 0) {
        const values = [run, shardOf(run), last, ...columns(row), row?.origin ?? null] as const;
        const { changes, lastInsertRowid } = shard < 0 ? create.run(...values) : createFenced.run(...values, shard, epoch);
        return changes === 0 ? null : know(run, Number(lastInsertRowid));
      }
      const rid = find(run);
      if (rid === null) return null;
      if (row !== null && takeRow(rid, row)) return rid;
      const { changes } = shard < 0 ? advance.run(last, rid, expected) : advanceFenced.run(last, rid, expected, shard, epoch);
      if (changes === 0) return null;
      if (row !== null) setRow.run(...columns(row), rid);
      return rid;
    };
    const refusal = (): CommitResult => {
      const rid = find(run);
      if (rid !== null && entryAt.get(rid, expected + 1)?.["entry"] === entry) return "ok";
      return holds(shard, epoch) ? "conflict" : "fenced";
    };

    const rid = take();
    if (rid !== null) append.run(rid, expected + 1, entry, events);
    if (rid !== null) for (const [hash, value] of blobs) keepBlob(rid, hash, value);
    for (let count = from.number(); count > 0; count -= 1) applyOp(from, rid, run);
    return rid === null ? refusal() : "ok";
  };
}

/** To V8 what is cut from a text is a window on it: one run's id that is kept would keep the whole batch that it came in. */
const copyOf = (run: string): string => Buffer.from(run).toString();

type Columns = readonly [string | null, string | null, number | null, string | null, number | null, string | null, string | null, string | null, number | null, number | null];

const NO_ROW: Columns = [null, null, null, null, null, null, null, null, null, null];

const columns = (row: StoredRow | null): Columns =>
  row === null ? NO_ROW : [row.flow, row.hash, row.admitted, row.state, row.finished, row.lane, row.waits, row.error, row.incident, row.driven];

/** One message is asked of several runs. Rows of older versions lie under the request's id alone, which was random. */
export const inboxId = (run: string, id: string): string => `${run}/${id}`;

/** Reads the next row of an item, and applies it unless the item was refused (`rid` null). */
function opApplier(db: DatabaseSync): (from: BatchReader, rid: number | null, run: string) => void {
  const outboxPut = db.prepare("INSERT INTO outbox (shard, rid, id, message) VALUES (?, ?, ?, ?) ON CONFLICT (shard, id) DO UPDATE SET rid = excluded.rid, message = excluded.message");
  const timerPut = db.prepare("INSERT OR REPLACE INTO timers (rid, path, shard, due) VALUES (?, ?, ?, ?)");
  const timerDelete = db.prepare("DELETE FROM timers WHERE rid = ? AND path = ?");
  const laneJoin = db.prepare("INSERT OR IGNORE INTO lanes (lane, rid) VALUES (?, ?)");
  const laneLeave = db.prepare("DELETE FROM lanes WHERE lane = ? AND rid = ?");
  const inboxDelete = db.prepare("DELETE FROM inbox WHERE id IN (?, ?)");
  const waiterPut = db.prepare("INSERT OR IGNORE INTO waiters (topic, key, rid, wait) VALUES (?, ?, ?, ?)");
  const waiterDelete = db.prepare("DELETE FROM waiters WHERE rid = ?1 AND (?2 IS NULL OR wait = ?2)");
  const budgetHold = db.prepare("INSERT OR REPLACE INTO budget_holds (rid, call, scope, tokens, usd) VALUES (?, ?, ?, ?, ?)");
  const budgetRelease = db.prepare("DELETE FROM budget_holds WHERE rid = ? AND call = ?");
  const budgetSettle = db.prepare("INSERT INTO budgets (scope, until, tokens, usd) VALUES (?, ?, ?, ?) ON CONFLICT (scope) DO UPDATE SET tokens = tokens + excluded.tokens, usd = usd + excluded.usd");
  const lockJoin = db.prepare("INSERT OR IGNORE INTO locks (lock, rid, path, taken) VALUES (?, ?, ?, 0)");
  const lockTake = db.prepare("UPDATE locks SET taken = 1 WHERE lock = ? AND rid = ? AND path = ?");
  const lockLeave = db.prepare("DELETE FROM locks WHERE lock = ? AND rid = ? AND path = ?");
  return (from, rid, run) => {
    const op = from.number();
    const named = from.text();
    const first = named ?? "";
    switch (op) {
      case OP["outbox.put"]: {
        const message = from.text() ?? "";
        if (rid !== null) outboxPut.run(shardOf(run), rid, first, message);
        return;
      }
      case OP["timer.put"]: {
        const due = from.number();
        if (rid !== null) timerPut.run(rid, first, shardOf(run), due);
        return;
      }
      case OP["timer.delete"]:
        if (rid !== null) timerDelete.run(rid, first);
        return;
      case OP["lane.join"]:
        if (rid !== null) laneJoin.run(first, rid);
        return;
      case OP["lane.leave"]:
        if (rid !== null) laneLeave.run(first, rid);
        return;
      case OP["waiter.put"]: {
        const key = from.text() ?? "";
        const wait = from.text() ?? "";
        if (rid !== null) waiterPut.run(first, key, rid, wait);
        return;
      }
      case OP["waiter.delete"]:
        if (rid !== null) waiterDelete.run(rid, named);
        return;
      case OP["budget.hold"]:
      case OP["budget.settle"]: {
        const call = from.text() ?? "";
        const until = from.number();
        const tokens = from.number();
        const usd = from.number();
        if (rid === null) return;
        if (op === OP["budget.hold"]) budgetHold.run(rid, call, first, tokens, usd);
        else {
          budgetRelease.run(rid, call);
          budgetSettle.run(first, until, tokens, usd);
        }
        return;
      }
      case OP["lock.join"]:
      case OP["lock.take"]:
      case OP["lock.leave"]: {
        const path = from.text() ?? "";
        const change = op === OP["lock.join"] ? lockJoin : op === OP["lock.take"] ? lockTake : lockLeave;
        if (rid !== null) change.run(first, rid, path);
        return;
      }
      case OP["inbox.delete"]:
        if (rid !== null) inboxDelete.run(inboxId(run, first), first);
        return;
      default:
        throw new Error(`a batch of the store holds the unknown operation ${op}`);
    }
  };
}
