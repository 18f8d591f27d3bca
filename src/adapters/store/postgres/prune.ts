import type { FlowPlan } from "../../../core/plan/flow-plan.js";
import type { Ended } from "../../../core/ports/store.js";
import type { Postgres, Value } from "../../postgres/server.js";
import { planOf, requestOf, type Row, text } from "../journal/rows.js";
import { LOST_MS, SPENT_MS } from "../retention.js";

/** Runs of one transaction. */
const RUNS = 100;
/** Rows past their time that one statement deletes. */
const ROWS = 1000;
/** Large values that are found at once, and those that one transaction takes away: commits with such values wait for it. */
const FOUND = 10_000;
const BLOBS = 100;

/** A run in a lane has not left it, one with a message or a request has work to do. */
export const DONE = "lane IS NULL AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.rid = runs.rid) AND NOT EXISTS (SELECT 1 FROM inbox WHERE run = runs.id)";
const ENDED = `finished IS NOT NULL AND finished < $1 AND ($2::text IS NULL OR flow = $2) AND ($3::text IS NULL OR state = $3) AND ${DONE}`;

const values = ({ before, flow, state }: Ended): readonly Value[] => [before, flow ?? null, state ?? null];

export const prunable = ({ read }: Pick<Postgres, "read">, ended: Ended): Promise<readonly Row[]> => read(`SELECT flow, state, count(*) AS runs FROM runs WHERE ${ENDED} GROUP BY flow, state ORDER BY flow, state`, values(ended));

/** In one statement: everything of these runs goes, and their ids stay taken (I17). */
const REMOVE = `
WITH gone AS (DELETE FROM runs WHERE rid = ANY($1::bigint[]) AND finished IS NOT NULL AND ${DONE} RETURNING rid, id, hash, admitted),
  entries AS (DELETE FROM journal USING gone WHERE journal.rid = gone.rid),
  waking AS (DELETE FROM timers USING gone WHERE timers.rid = gone.rid),
  waiting AS (DELETE FROM waiters USING gone WHERE waiters.rid = gone.rid),
  cached AS (DELETE FROM snapshots USING gone WHERE snapshots.rid = gone.rid),
  effects AS (DELETE FROM table_effects USING gone WHERE table_effects.rid = gone.rid),
  held AS (DELETE FROM budget_holds USING gone WHERE budget_holds.rid = gone.rid),
  large AS (DELETE FROM blob_runs USING gone WHERE blob_runs.rid = gone.rid)
INSERT INTO spent (id, admitted, until) SELECT id, coalesce(admitted, 0), CASE WHEN hash = ANY($2::text[]) THEN 'Infinity'::float8 ELSE $3 END FROM gone ON CONFLICT (id) DO NOTHING RETURNING id`;

/** Removes ended runs, `most` at the most; when that was all, also what nobody needs any more. `loaded`: plans that runs may be admitted under at any time. */
export async function prune(db: Pick<Postgres, "read">, ended: Ended, most: number, now: number, loaded: ReadonlySet<string>): Promise<number> {
  let gone = 0;
  while (gone < most) {
    const limit = Math.min(RUNS, most - gone);
    const rows = await db.read(`SELECT rid, hash FROM runs WHERE ${ENDED} ORDER BY finished, rid LIMIT $4`, [...values(ended), limit]);
    if (rows.length === 0) break;
    const removed = await remove(db, rows.map((row) => ({ rid: String(row["rid"]), hash: text(row, "hash") })), now);
    gone += removed;
    if (rows.length < limit || removed === 0) break;
  }
  if (gone < most) await tidy(db, now, loaded);
  return gone;
}

/** Of those that have ended; gives how many. */
export async function remove(db: Pick<Postgres, "read">, runs: readonly { readonly rid: string; readonly hash: string }[], now: number): Promise<number> {
  let gone = 0;
  const forEver = await dedupedPlans(db, new Set(runs.map(({ hash }) => hash)));
  // Beside the commits, which have nothing to do with what is over.
  for (let at = 0; at < runs.length; at += RUNS) gone += (await db.read(REMOVE, [runs.slice(at, at + RUNS).map(({ rid }) => rid), forEver, now + SPENT_MS])).length;
  return gone;
}

/** I17: with a key the next run is the next n, also after years, for tools may remember idempotency keys as long. One that is no more known counts as such. */
async function dedupedPlans(db: Pick<Postgres, "read">, hashes: ReadonlySet<string>): Promise<readonly string[]> {
  const found: string[] = [];
  for (const hash of hashes) {
    const [row] = await db.read("SELECT plan FROM plans WHERE hash = $1", [hash]);
    const plan: Pick<FlowPlan, "triggers"> | null = planOf(row);
    if (plan === null || plan.triggers.some((trigger) => "dedupe" in trigger && trigger.dedupe !== undefined)) found.push(hash);
  }
  return found;
}

/** Marks past their time, large values and plans without runs; beside the commits, and a little at a time. */
async function tidy({ read }: Pick<Postgres, "read">, now: number, loaded: ReadonlySet<string>): Promise<void> {
  for (const table of ["spent", "seen", "budgets", "table_rows", "bodies"]) {
    const some = `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE until < 'Infinity' AND until <= $1 LIMIT ${ROWS} FOR UPDATE SKIP LOCKED)) RETURNING 1 AS gone`;
    while ((await read(some, [now])).length === ROWS);
  }
  await dropLost({ read }, now - LOST_MS);
  await dropBlobs({ read });
  // Other processes may admit runs under what they have loaded, and say so here from time to time.
  await read("UPDATE plans SET used = now() WHERE hash = ANY($1::text[])", [[...loaded]]);
  await read("DELETE FROM plans WHERE used < now() - interval '7 days' AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.hash = plans.hash)");
}

/** What is told to runs that are not there. When that was is read here: PostgreSQL's JSON gives up at the first text with NUL or half of a surrogate pair. */
async function dropLost({ read }: Pick<Postgres, "read">, until: number): Promise<void> {
  for (let after = "0"; ; ) {
    const rows = await read(`SELECT n, request FROM inbox WHERE n > $1::bigint AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = inbox.run) ORDER BY n LIMIT ${ROWS}`, [after]);
    // One may be admitted meanwhile: then what it is told stays.
    await read("DELETE FROM inbox WHERE n = ANY($1::bigint[]) AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = inbox.run)", [rows.filter((row) => requestOf(row).at <= until).map((row) => String(row["n"]))]);
    if (rows.length < ROWS) return;
    after = String(rows.at(-1)?.["n"]);
  }
}

/** Large values that no run has. */
export async function dropBlobs({ read }: Pick<Postgres, "read">): Promise<void> {
  for (let found: readonly Row[] = [], first = true; first || found.length === FOUND; first = false) {
    found = await read(`SELECT hash FROM blobs WHERE NOT EXISTS (SELECT 1 FROM blob_runs WHERE blob_runs.hash = blobs.hash) LIMIT ${FOUND}`);
    for (let at = 0; at < found.length; at += BLOBS) await read("SELECT drop_blobs($1::text[])", [found.slice(at, at + BLOBS).map((row) => text(row, "hash"))]);
  }
}
