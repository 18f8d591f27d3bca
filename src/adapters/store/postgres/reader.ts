import type { StoreReader } from "../../../core/ports/store.js";
import type { Postgres, Value } from "../../postgres/server.js";
import { type JournalSource, readEvents } from "../journal/read-events.js";
import { keyOf, scopeOf } from "./keys.js";
import { prunable } from "./prune.js";
import { atMost, backlogOf, budgetUse, entryOf, letterOf, lockPlace, planOf, prunableOf, type Row, RUN, runRow, tableCount, tableRow, text } from "../journal/rows.js";

export type ReadingPart = Omit<StoreReader, typeof Symbol.asyncDispose>;

/** Entries of one page, and their characters: a run may have more of them than there is memory. */
const PAGE = 500;
const PAGE_CHARACTERS = 4 * 1024 * 1024;

export function storeReader(db: Pick<Postgres, "read">): ReadingPart {
  const { read } = db;
  const one = async (sql: string, ...values: Parameters<Postgres["read"]>[1] & unknown[]): Promise<Row | undefined> => (await read(sql, values))[0];
  return {
    read: (run, fromSeq) => readEvents(source(read), run, Math.max(fromSeq, 0)),
    run: async (run) => {
      const row = await one(`SELECT ${RUN} FROM runs WHERE id = $1 AND flow IS NOT NULL`, run);
      return row === undefined ? null : runRow(row);
    },
    async runs({ flow, state, before, limit }) {
      const values: Value[] = [atMost(limit)];
      const conditions = ["flow IS NOT NULL"];
      // Each by itself: of what may be anything PostgreSQL does not know how much it is.
      const ask = (value: string, condition: (place: string) => string): void => void conditions.push(condition(`$${values.push(value)}`));
      if (flow !== undefined) ask(flow, (place) => `flow = ${place}`);
      if (state === "incident") conditions.push("incident");
      else if (state !== undefined) ask(state, (place) => `state = ${place}`);
      if (before !== undefined) ask(before, (place) => `rid < (SELECT rid FROM runs WHERE id = ${place})`);
      return (await read(`SELECT ${RUN} FROM runs WHERE ${conditions.join(" AND ")} ORDER BY rid DESC LIMIT $1`, values)).map(runRow);
    },
    runsLike: async (prefix) => (await read(`SELECT ${RUN} FROM runs WHERE id >= $1 AND id < $1 || chr(1114111) AND flow IS NOT NULL ORDER BY id LIMIT 2`, [prefix])).map(runRow),
    plan: async (hash) => planOf(await one("SELECT plan FROM plans WHERE hash = $1", hash)),
    deadLetters: async ({ flow = null, id = null, before = null, limit }) =>
      (
        await read(
          `SELECT id, flow, at, letter FROM dead_letters WHERE ($1::text IS NULL OR flow = $1) AND ($2::text IS NULL OR (id >= $2 AND id < $2 || chr(1114111)))
            AND ($3::text IS NULL OR n < (SELECT n FROM dead_letters WHERE id = $3)) ORDER BY n DESC LIMIT $4`,
          [flow, id, before, atMost(limit)],
        )
      ).map(letterOf),
    async counts() {
      const row = await one(`SELECT count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE state = 'parked') AS parked, count(*) FILTER (WHERE incident) AS incidents,
          count(*) FILTER (WHERE state NOT IN ('running', 'parked')) AS ended, (SELECT count(*) FROM outbox) AS unsent, (SELECT count(*) FROM dead_letters) AS letters, (SELECT count(*) FROM table_rows) AS rows,
          (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = current_schema() AND relkind = 'r') AS bytes FROM runs`);
      const count = (name: string): number => Number(row?.[name] ?? 0);
      return { running: count("running"), parked: count("parked"), incidents: count("incidents"), ended: count("ended"), unsent: count("unsent"), deadLetters: count("letters"), rows: count("rows"), bytes: count("bytes") };
    },
    async backlog() {
      const rows = await read(`SELECT flow, count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE state = 'parked') AS parked, count(*) FILTER (WHERE incident) AS incidents
        FROM runs WHERE state IN ('running', 'parked') GROUP BY flow ORDER BY flow`);
      return rows.map(backlogOf);
    },
    async budgets({ scope = null, limit }) {
      const rows = await read(`SELECT scope, sum(tokens) AS tokens, sum(usd) AS usd FROM (SELECT scope, tokens, usd FROM budgets WHERE $1::text IS NULL OR scope = $1 UNION ALL SELECT scope, tokens, usd FROM budget_holds JOIN runs USING (rid) WHERE finished IS NULL AND ($1::text IS NULL OR scope = $1)) AS used
        GROUP BY scope ORDER BY scope LIMIT $2`, [scope === null ? null : scopeOf(scope), atMost(limit)]);
      return rows.map(budgetUse);
    },
    lockHead: async (lock) => {
      const row = await one("SELECT lock, id, path FROM locks JOIN runs USING (rid) WHERE lock = $1 ORDER BY n LIMIT 1", keyOf(lock));
      return row === undefined ? null : { ...lockPlace(row), lock };
    },
    tableRow: async (table, key, now) => {
      const row = await one("SELECT key, value, at, until FROM table_rows WHERE name = $1 AND key = $2 AND until > $3", table, keyOf(key), now);
      return row === undefined ? null : { ...tableRow(row), key };
    },
    tableRows: async (table, { after = null, limit }, now) => (await read(`SELECT key, value, at, until FROM table_rows WHERE name = $1 AND key ${after === null ? ">=" : ">"} $2 AND until > $3 ORDER BY key LIMIT $4`, [table, after === null ? "" : keyOf(after), now, atMost(limit)])).map(tableRow),
    tables: async (now) => (await read("SELECT name, count(*) AS rows FROM table_rows WHERE until > $1 GROUP BY name ORDER BY name", [now])).map(tableCount),
    body: async (key) => {
      const row = await one("SELECT body FROM bodies WHERE key = $1", key);
      return row === undefined ? null : text(row, "body");
    },
    prunable: async (ended) => (await prunable(db, ended)).flatMap(prunableOf),
  };
}

const source = (read: Postgres["read"]): JournalSource => ({
  async page(run, fromSeq) {
    const rows = await read(
      `SELECT seq, events FROM (SELECT seq, events, sum(length(events)) OVER (ORDER BY seq) - length(events) AS before FROM (SELECT seq, events FROM journal WHERE rid = (SELECT rid FROM runs WHERE id = $1)
         AND seq >= coalesce((SELECT max(seq) FROM journal WHERE rid = (SELECT rid FROM runs WHERE id = $1) AND seq <= $2), 0) ORDER BY seq LIMIT ${PAGE}) AS page) AS sized WHERE before <= ${PAGE_CHARACTERS} ORDER BY seq`,
      [run, fromSeq],
    );
    // Whether these were the last is seen from the next page, which is then empty of what is new.
    return { rows: rows.map(entryOf), more: rows.length === PAGE || rows.reduce((sum, row) => sum + text(row, "events").length, 0) > PAGE_CHARACTERS };
  },
  async entry(run, seq) {
    const [row] = await read("SELECT seq, events FROM journal WHERE rid = (SELECT rid FROM runs WHERE id = $1) AND seq <= $2 ORDER BY seq DESC LIMIT 1", [run, seq]);
    return row === undefined ? null : entryOf(row);
  },
  async blob(hash) {
    const [row] = await read("SELECT value FROM blobs WHERE hash = $1", [hash]);
    return row === undefined ? null : text(row, "value");
  },
});
