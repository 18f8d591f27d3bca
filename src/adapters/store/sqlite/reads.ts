import { statSync } from "node:fs";
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { RunStateFilter } from "../../../core/ports/store.js";
import { RUN } from "../journal/rows.js";
import { pruneReads } from "./prune-reads.js";

/** Rows as SQLite gives them; the store's side of the port reads them. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

export interface PageOf {
  readonly run: string;
  readonly fromSeq: number;
}
export interface RunsOf {
  readonly flow: string | null;
  readonly state: RunStateFilter | null;
  readonly before: string | null;
  readonly limit: number;
}
export interface LettersOf {
  readonly flow: string | null;
  /** The beginning of theirs. */
  readonly id: string | null;
  readonly before: string | null;
  readonly limit: number;
}
/** `more`: there are entries behind the last one. */
export interface Page {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** Entries of one transaction: a long one keeps the log from starting again (I40). */
const PAGE = 500;
const PAGE_CHARACTERS = 4 * 1024 * 1024;

/** The store's side of a connection that reads. */
export function storeReads(db: DatabaseSync) {
  // A process that does no more than look at one thing prepares one statement.
  const prepared = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    const found = prepared.get(text) ?? db.prepare(text);
    prepared.set(text, found);
    return found;
  };
  const count = (what: string): number => Number(sql(`SELECT count(*) AS n FROM ${what}`).get()?.["n"]);
  return {
    /** One each: a journal's entries from the one on that holds `fromSeq`. What is too much for one transaction is left for the next, of some all. */
    pages(asked: readonly PageOf[]): readonly Page[] {
      let characters = 0;
      const all = sql(`SELECT seq, events FROM journal WHERE rid = (SELECT rid FROM runs WHERE id = ?1 AND state IS NOT 'pruned')
        AND seq >= (SELECT coalesce(max(seq), 0) FROM journal WHERE rid = (SELECT rid FROM runs WHERE id = ?1) AND seq <= ?2) ORDER BY seq LIMIT ${PAGE}`);
      return asked.map(({ run, fromSeq }) => {
        if (characters > PAGE_CHARACTERS) return { rows: [], more: true };
        const rows: Row[] = [];
        for (const row of all.iterate(run, fromSeq)) {
          rows.push(row);
          characters += String(row["events"]).length;
          if (characters > PAGE_CHARACTERS) return { rows, more: true };
        }
        return { rows, more: rows.length === PAGE };
      });
    },
    /** The one that holds a seq. */
    entry: (run: string, seq: number): Row | null =>
      sql("SELECT seq, events FROM journal WHERE rid = (SELECT rid FROM runs WHERE id = ? AND state IS NOT 'pruned') AND seq <= ? ORDER BY seq DESC LIMIT 1").get(run, seq) ?? null,
    body: (key: string): Row | null => sql("SELECT body FROM bodies WHERE key = ?").get(key) ?? null,
    snapshot: (run: string): Row | null => sql("SELECT snapshot FROM snapshots WHERE rid = (SELECT rid FROM runs WHERE id = ? AND state IS NOT 'pruned')").get(run) ?? null,
    blob: (hash: string): Row | null => sql("SELECT value FROM blobs WHERE hash = ?").get(hash) ?? null,
    /** One each. */
    runsOf(ids: readonly string[]): readonly (Row | null)[] {
      const one = sql(`SELECT ${RUN} FROM runs WHERE id = ? AND flow IS NOT NULL`);
      return ids.map((id) => one.get(id) ?? null);
    },
    runs({ flow, state, before, limit }: RunsOf): readonly Row[] {
      // Of a flow there may be a million runs that have completed; of the other states there are few, and their index is the better one.
      const ofFlow = state === null || state === "completed" ? "flow = ?" : "+flow = ?";
      const conditions = ["flow IS NOT NULL", ...(flow === null ? [] : [ofFlow]), ...(state === null ? [] : [state === "incident" ? "incident = 1" : "state = ?"]), ...(before === null ? [] : ["rid < (SELECT rid FROM runs WHERE id = ?)"])].join(" AND ");
      return sql(`SELECT ${RUN} FROM runs WHERE ${conditions} ORDER BY rid DESC LIMIT ?`).all(...[flow, state === "incident" ? null : state, before].filter((one) => one !== null), limit);
    },
    runsLike: (prefix: string): readonly Row[] => sql(`SELECT ${RUN} FROM runs WHERE id >= ?1 AND id < ?1 || char(0x10FFFF) AND flow IS NOT NULL ORDER BY id LIMIT 2`).all(prefix),
    openRuns: (shard: number): readonly Row[] => sql(`SELECT ${RUN} FROM runs WHERE driven = 1 AND shard = ? ORDER BY rid`).all(shard),
    counts: () => ({
      running: count("runs WHERE state = 'running'"),
      parked: count("runs WHERE state = 'parked'"),
      incidents: count("runs WHERE incident = 1"),
      ended: count("runs WHERE finished IS NOT NULL"),
      unsent: count("outbox"),
      deadLetters: count("dead_letters"),
      rows: count("table_rows"),
      bytes: [db.location() ?? "", `${db.location()}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0),
    }),
    backlog: (): readonly Row[] =>
      sql("SELECT flow, sum(state = 'running') AS running, sum(state = 'parked') AS parked, sum(incident = 1) AS incidents FROM runs WHERE state IN ('running', 'parked') GROUP BY flow ORDER BY flow").all(),
    budgets(scope: string | null, limit: number): readonly Row[] {
      const one = scope === null ? "" : "WHERE scope = ?1";
      const all = `SELECT scope, sum(tokens) AS tokens, sum(usd) AS usd FROM (SELECT scope, tokens, usd FROM budgets ${one} UNION ALL SELECT scope, tokens, usd FROM budget_holds ${one}) GROUP BY scope ORDER BY scope LIMIT`;
      return scope === null ? sql(`${all} ?`).all(limit) : sql(`${all} ?2`).all(scope, limit);
    },
    ...pruneReads(sql),
    plan: (hash: string): Row | null => sql("SELECT plan FROM plans WHERE hash = ?").get(hash) ?? null,
    meta: (key: string): Row | null => sql("SELECT value FROM meta WHERE key = ?").get(key) ?? null,
    /** Null as well where no run is open and no message unsent. */
    metaOfOpen: (key: string): Row | null =>
      sql("SELECT value FROM meta WHERE key = ? AND (EXISTS (SELECT 1 FROM runs WHERE state IN ('running', 'parked')) OR EXISTS (SELECT 1 FROM outbox))").get(key) ?? null,
    timers: (shard: number, until: number, limit: number): readonly Row[] =>
      sql("SELECT id, path, due FROM timers JOIN runs USING (rid) WHERE timers.shard = ? AND due <= ? ORDER BY due LIMIT ?").all(shard, until, limit),
    inbox: (shard: number, limit: number): readonly Row[] => sql("SELECT request FROM inbox WHERE shard = ? ORDER BY n LIMIT ?").all(shard, limit),
    outbox: (shard: number, limit: number): readonly Row[] =>
      sql("SELECT n, runs.id AS run, outbox.id AS id, message FROM outbox JOIN runs USING (rid) WHERE outbox.shard = ? ORDER BY n LIMIT ?").all(shard, limit),
    waiters(flow: string, topic: string, keys: readonly string[]): readonly Row[] {
      const all = sql("SELECT id, wait, key FROM waiters JOIN runs USING (rid) WHERE topic = ? AND key = ? AND flow = ?");
      return keys.flatMap((key) => all.all(topic, key, flow));
    },
    openPlans: (): readonly Row[] => sql("SELECT DISTINCT hash FROM runs WHERE state IN ('running', 'parked')").all(),
    lockHead: (lock: string): Row | null => sql("SELECT lock, id, path FROM locks JOIN runs USING (rid) WHERE lock = ? ORDER BY n LIMIT 1").get(lock) ?? null,
    untakenLocks: (): readonly Row[] =>
      sql("SELECT lock, id, path FROM (SELECT lock, min(n) AS n FROM locks WHERE taken = 0 GROUP BY lock) AS first JOIN locks USING (lock, n) JOIN runs USING (rid) WHERE n = (SELECT min(n) FROM locks WHERE locks.lock = first.lock)").all(),
    laneHead: (lane: string): Row | null => sql("SELECT id FROM lanes JOIN runs USING (rid) WHERE lanes.lane = ? ORDER BY n LIMIT 1").get(lane) ?? null,
    tableRow: (table: string, key: string, now: number): Row | null => sql("SELECT key, value, at, until FROM table_rows WHERE name = ? AND key = ? AND until > ?").get(table, key, now) ?? null,
    tableRows: (table: string, after: string | null, limit: number, now: number): readonly Row[] =>
      // Without OR: a page begins at its key, not at the table's first.
      sql(`SELECT key, value, at, until FROM table_rows WHERE name = ? AND key ${after === null ? ">=" : ">"} ? AND until > ? ORDER BY key LIMIT ?`).all(table, after ?? "", now, limit),
    /** By two indexes alone: rows that are past their time are few, for they go. */
    tables: (now: number): readonly Row[] =>
      sql(`SELECT name, sum(n) AS rows FROM (SELECT name, count(*) AS n FROM table_rows GROUP BY name UNION ALL SELECT name, -count(*) FROM table_rows WHERE until < 9e999 AND until <= ? GROUP BY name)
        GROUP BY name HAVING sum(n) > 0 ORDER BY name`).all(now),
    seen: (scope: string, keys: readonly string[], now: number): readonly string[] => {
      const until = sql("SELECT until FROM seen WHERE scope = ? AND key = ?");
      return keys.filter((key) => Number(until.get(scope, key)?.["until"] ?? 0) > now);
    },
    deadLetters({ flow, id, before, limit }: LettersOf): readonly Row[] {
      const conditions = ["TRUE", ...(flow === null ? [] : ["flow = ?"]), ...(id === null ? [] : ["id >= ?", "id < ? || char(0x10FFFF)"]), ...(before === null ? [] : ["n < (SELECT n FROM dead_letters WHERE id = ?)"])].join(" AND ");
      return sql(`SELECT id, flow, at, letter FROM dead_letters WHERE ${conditions} ORDER BY n DESC LIMIT ?`).all(...[flow, id, id, before].filter((one) => one !== null), limit);
    },
  };
}
