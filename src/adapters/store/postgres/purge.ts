import type { Purged, PurgeOf } from "../../../core/ports/operator.js";
import type { Postgres } from "../../postgres/server.js";
import { decodeEntry } from "../journal/entry.js";
import { keyOf } from "./keys.js";
import { DONE, dropBlobs, remove } from "./prune.js";
import { ofKey } from "../journal/of-key.js";
import { letterOf, text } from "../journal/rows.js";

/** Runs whose admissions are read at once. */
const PAGE = 2000;

/**
 * Erases what the store holds of a message key: the runs of one flow and of its steps (`FLOW/…`), dead letters, and what they have spent of a budget with that key. What is open stays, and is
 * counted. Messages are the broker's: what that holds goes with its retention.
 */
export async function purge(db: Pick<Postgres, "read" | "write">, { flow, key }: PurgeOf, now: number): Promise<Purged> {
  const found: { readonly rid: string; readonly hash: string; readonly done: boolean }[] = [];
  for (let after = "0"; ; ) {
    // No join: PostgreSQL would go through the journal from its beginning for each page.
    const rows = await db.read(
      `SELECT rid, id, hash, finished IS NOT NULL AND ${DONE} AS done, (SELECT events FROM journal WHERE journal.rid = runs.rid AND seq = 0) AS events FROM runs
        WHERE (flow = $1 OR flow >= $1 || '/' AND flow < $1 || '0') AND rid > $2::bigint ORDER BY rid LIMIT ${PAGE}`,
      [flow, after],
    );
    for (const row of rows) {
      const [admitted] = decodeEntry(text(row, "events"), text(row, "id"), 0).events;
      if (admitted?.type === "run.admitted" && ofKey(admitted.data, key)) found.push({ rid: String(row["rid"]), hash: text(row, "hash"), done: row["done"] === true });
    }
    if (rows.length < PAGE) break;
    after = String(rows.at(-1)?.["rid"]);
  }
  // Not by PostgreSQL's JSON: that holds neither NUL nor half of a surrogate pair, and gives up at the first text that does.
  const kept = await db.read("SELECT n, id, flow, at, letter FROM dead_letters WHERE flow = $1 AND strpos(letter, $2) > 0", [flow, `"key":${JSON.stringify(key)}`]);
  const letters = await db.write("DELETE FROM dead_letters WHERE n = ANY($1::bigint[]) RETURNING n", [kept.filter((row) => letterOf(row).letter.key === key).map((row) => String(row["n"]))]);
  const spent = await db.read("SELECT scope FROM budgets WHERE starts_with(scope, $1)", [`[${JSON.stringify(flow)},`]);
  const budgets = await db.write("DELETE FROM budgets WHERE scope = ANY($1::text[]) AND scope NOT IN (SELECT scope FROM budget_holds) RETURNING scope", [spent.map((row) => text(row, "scope")).filter((scope) => keyIn(scope) === keyOf(key))]);
  // Last: a purge that is cut off finds them again.
  const done = found.filter((run) => run.done);
  const gone = await remove(db, done, now);
  await dropBlobs(db);
  return { runs: gone, messages: 0, letters: letters.length, budgets: budgets.length, open: found.length - gone, waiting: 0 };
}

/** Of a budget's sum, whose scope is a list: the flow, the day, the key. */
function keyIn(scope: string): unknown {
  const parts: unknown = JSON.parse(scope);
  return Array.isArray(parts) ? parts[2] : null;
}
