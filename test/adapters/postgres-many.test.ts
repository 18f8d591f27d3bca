import { expect, test } from "vitest";
import { openPostgres, type Postgres } from "../../src/adapters/postgres/server.js";
import { purge } from "../../src/adapters/store/postgres/purge.js";
import { storeReader } from "../../src/adapters/store/postgres/reader.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";

const RUNS = 12_000;
const ADMITTED = '[1,1,[1,0,0,15,"f","h",{"id":"a"},{"topic":"in","partition":0,"offset":"0","key":"k","id":"in/0/0","timestamp":1}]]';
/** One run of thirty waits, and all that wait are of `waits`. */
const FILL = `WITH made AS (INSERT INTO runs (id, shard, seq, flow, hash, admitted, state, finished)
  SELECT 'a' || n, n % 64, 1, CASE WHEN n % 30 = 0 THEN 'waits' ELSE 'f' END, 'h', n, CASE WHEN n % 30 = 0 THEN 'parked' ELSE 'completed' END, CASE WHEN n % 30 = 0 THEN NULL ELSE n END FROM generate_series(1, ${RUNS}) n RETURNING rid)
  INSERT INTO journal (rid, seq, entry, events) SELECT rid, seq, 'e' || seq, $1 FROM made, generate_series(0, 2) seq`;

interface Node {
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Node[];
}

/** Rows of a table that a statement looked at. */
const lookedAt = (table: string, node: Node): number =>
  (node["Relation Name"] === table ? (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"] : 0) + (node.Plans ?? []).reduce((sum, one) => sum + lookedAt(table, one), 0);

describeOn("postgres", "PostgreSQL: a store with many runs", (url) => {
  /** The last statement that an act reads with, as it is run. */
  async function planOf(act: (db: Pick<Postgres, "read" | "write">) => Promise<unknown>): Promise<Node> {
    await using db = await openPostgres(postgresAt(url));
    try {
      await db.write(FILL, [ADMITTED]);
      await db.write("ANALYZE");
      let last: Parameters<Postgres["read"]> = [""];
      const read: Postgres["read"] = (sql, values) => {
        if (sql.includes("FROM runs")) last = [sql, values];
        return db.read(sql, values);
      };
      await act({ read, write: db.write });
      const [sql, values] = last;
      const rows = await db.read(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, values);
      const explained: readonly [{ readonly Plan: Node }] = JSON.parse(JSON.stringify(rows[0]?.["QUERY PLAN"]));
      return explained[0].Plan;
    } finally {
      await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
    }
  }

  test("a purge reads of each page the admissions of its runs, and not the journal from its beginning", async () => {
    const plan = await planOf((db) => purge(db, { flow: "f", key: "another" }, 1));
    expect(lookedAt("journal", plan)).toBeLessThanOrEqual(2000);
  });

  test.each([
    ["none of a flow's runs is in the state", { flow: "f", state: "parked" }],
    ["the other way round", { flow: "waits", state: "completed" }],
  ] as const)("runs list: %s", async (_, of) => {
    const plan = await planOf((db) => storeReader(db).runs({ ...of, limit: 20 }));
    expect(lookedAt("runs", plan)).toBeLessThanOrEqual(RUNS / 30);
  });
});
