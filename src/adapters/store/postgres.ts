import { canonicalJson } from "../../core/json.js";
import type { CommitResult, Store } from "../../core/ports/store.js";
import { shardOf } from "../../core/run-id.js";
import type { Postgres, Value } from "../postgres/server.js";
import { type DurableOutputs, rememberOutputs } from "./journal/entry.js";
import { keyOf } from "./postgres/keys.js";
import { AHEAD, BEHIND, encodeItems, type Sent } from "./postgres/items.js";
import { prune } from "./postgres/prune.js";
import { storeReader } from "./postgres/reader.js";
import { postgresSharing } from "./postgres/sharing.js";
import { atMost, lockPlace, outboxRow, requestOf, type Row, RUN, runRow, text, timerRow } from "./journal/rows.js";

/** The journal in a schema of a PostgreSQL database. Closing it leaves the connections open: they are their maker's. */
export function createPostgresStore(db: Postgres): Store {
  const durable: DurableOutputs = new WeakMap();
  const loaded = new Set<string>();
  /** Who took shards last: it hears of its own rows by itself. */
  let me: string | null = null;
  /** The last time that somebody asked by: marks that were over then may go. */
  let now = 0;
  const { read, write, writeTogether } = db;
  const one = async (sql: string, ...values: Value[]): Promise<Row | undefined> => (await read(sql, values))[0];

  /** Of the commits under way. */
  let last: Promise<unknown> = Promise.resolve();
  /** What follows one that fails is not committed before it: the order of lanes and locks is that of the items. */
  async function commitAll(all: readonly Sent[]): Promise<readonly CommitResult[]> {
    const results: CommitResult[] = [];
    for (const { ahead, batch, behind } of all) {
      for (const [run, hashes, values] of ahead) await write(AHEAD, [run, hashes, values]);
      const [row] = behind.length === 0 ? await write(COMMIT, [...batch, me]) : await writeTogether([[COMMIT, [...batch, me]], ...behind.map((values) => [BEHIND, values] as const)]);
      results.push(...resultsOf(row?.["results"]));
    }
    return results;
  }

  return {
    ...storeReader(db),
    durable: true,
    sharing: postgresSharing(db, (owner) => (me = owner)),
    async own(shard, owner) {
      me = owner;
      const [row] = await write("SELECT own_shard($1, $2, false) AS epoch", [shard, owner]);
      return { shard, epoch: Number(row?.["epoch"]) };
    },
    async commit(items) {
      const mine = commitAll(encodeItems(items, durable));
      last = mine.catch(() => undefined);
      const results = await mine;
      items.forEach(({ events }, at) => {
        if (results[at] === "ok") rememberOutputs(events, durable);
      });
      return results;
    },
    openRuns: async (shard) => (await read(`SELECT ${RUN} FROM runs WHERE driven AND shard = $1 ORDER BY rid`, [shard])).map(runRow),
    async putPlan(plan) {
      loaded.add(plan.hash);
      await write("INSERT INTO plans (hash, plan) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET plan = excluded.plan, used = now()", [plan.hash, JSON.stringify(plan)]);
    },
    timers: async (shard, until, limit) =>
      (await read("SELECT id, path, due FROM timers JOIN runs USING (rid) WHERE timers.shard = $1 AND due <= $2 ORDER BY due LIMIT $3", [shard, until, atMost(limit)])).map(timerRow),
    async putInbox(row) {
      const shard = shardOf(row.run);
      await write("WITH put AS (INSERT INTO inbox (run, id, shard, request) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING shard) SELECT tell('inbox', shard, NULL, $5) FROM put", [row.run, row.id, shard, JSON.stringify(row), me]);
    },
    inbox: async (shard, limit) => (await read("SELECT request FROM inbox WHERE shard = $1 ORDER BY n LIMIT $2", [shard, atMost(limit)])).map(requestOf),
    async outbox(shard, limit) {
      const rows = await read("SELECT n, runs.id AS run, message FROM outbox JOIN runs USING (rid) WHERE outbox.shard = $1 ORDER BY n LIMIT $2", [shard, atMost(limit)]);
      return rows.map(outboxRow);
    },
    async published(shard, ids) {
      // A lost mark is a message published twice with one id: it waits for no disk.
      await read(`${SOON} DELETE FROM outbox USING soon WHERE shard = $1 AND id = ANY($2::text[])`, [shard, ids]);
    },
    async waiters(flow, topic, keys) {
      const asked = new Map(keys.map((key) => [keyOf(key), key]));
      const rows = await read("SELECT id, wait, key FROM waiters JOIN runs USING (rid) WHERE topic = $1 AND key = ANY($2::text[]) AND flow = $3", [topic, [...asked.keys()], flow]);
      return rows.map((row) => ({ run: text(row, "id"), wait: text(row, "wait"), key: asked.get(text(row, "key")) ?? text(row, "key") }));
    },
    openPlans: async () => (await read("SELECT DISTINCT hash FROM runs WHERE state IN ('running', 'parked')")).map((row) => text(row, "hash")),
    untakenLocks: async () =>
      (await read("SELECT lock, id, path FROM (SELECT lock, min(n) AS n FROM locks WHERE NOT taken GROUP BY lock) AS first JOIN locks USING (lock, n) JOIN runs USING (rid) WHERE n = (SELECT min(n) FROM locks WHERE locks.lock = first.lock)")).map(lockPlace),
    laneHead: async (lane) => {
      const row = await one("SELECT id FROM lanes JOIN runs USING (rid) WHERE lanes.lane = $1 ORDER BY n LIMIT 1", keyOf(lane));
      return row === undefined ? null : text(row, "id");
    },
    async putRow({ table, key, value, expected, effect, run, now: at, until }) {
      const wanted = expected === undefined || expected === null ? null : canonicalJson(expected.value);
      const [row] = await write("SELECT put_row($1, $2, $3, $4, $5, $6, $7, $8, $9) AS verdict", [table, keyOf(key), canonicalJson(value), wanted, expected === undefined, effect, run, at, until ?? Infinity]);
      return row?.["verdict"] === "ok" ? "ok" : "conflict";
    },
    async snapshot(run) {
      const row = await one("SELECT snapshot FROM snapshots JOIN runs USING (rid) WHERE id = $1", run);
      return row === undefined ? null : text(row, "snapshot");
    },
    async putSnapshot(run, snapshot) {
      if (snapshot === null) await read(`${SOON} DELETE FROM snapshots USING soon, runs WHERE snapshots.rid = runs.rid AND id = $1`, [run]);
      else await read(`${SOON} INSERT INTO snapshots (rid, seq, snapshot) SELECT rid, $2, $3 FROM runs, soon WHERE id = $1 ON CONFLICT (rid) DO UPDATE SET seq = excluded.seq, snapshot = excluded.snapshot WHERE excluded.seq > snapshots.seq`, [run, snapshot.seq, snapshot.text]);
    },
    async putBody({ key, body, until }) {
      await write("INSERT INTO bodies (key, body, until) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET until = greatest(bodies.until, excluded.until)", [key, body, until]);
    },
    async seen(scope, keys, at) {
      now = at;
      const found = new Set((await read("SELECT key FROM seen WHERE scope = $1 AND key = ANY($2::text[]) AND until > $3", [scope, keys.map(keyOf), at])).map((row) => text(row, "key")));
      return new Set(keys.filter((key) => found.has(keyOf(key))));
    },
    async markSeen(scope, keys) {
      const until = new Map(keys.map((mark) => [keyOf(mark.key), mark.until]));
      await write("INSERT INTO seen (scope, key, until) SELECT $1, key, until FROM unnest($2::text[], $3::float8[]) AS marks (key, until) ORDER BY key ON CONFLICT (scope, key) DO UPDATE SET until = excluded.until", [scope, [...until.keys()], [...until.values()]]);
      if (now > 0) await write(`DELETE FROM seen WHERE (scope, key) IN (SELECT scope, key FROM seen WHERE until < 'Infinity' AND until <= $1 LIMIT ${EXPIRED} FOR UPDATE SKIP LOCKED)`, [now]);
    },
    async lastTick(schedule) {
      const row = await one("SELECT value FROM meta WHERE key = $1", tickKey(schedule));
      return row === undefined ? null : Number(row["value"]);
    },
    async beginTicks(schedule, time) {
      const [row] = await write("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = meta.value RETURNING value", [tickKey(schedule), String(time)]);
      return Number(row?.["value"] ?? time);
    },
    async putTick(schedule, time) {
      // Several processes tick: one that is behind takes nothing back.
      await write("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value::float8 < excluded.value::float8", [tickKey(schedule), String(time)]);
    },
    async putDeadLetters(rows) {
      for (const { id, flow, at, letter } of rows) await write("INSERT INTO dead_letters (id, flow, at, letter) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", [id, flow, at, JSON.stringify(letter)]);
    },
    async deleteDeadLetters(ids) {
      await write("DELETE FROM dead_letters WHERE id = ANY($1::text[])", [ids]);
    },
    async admittedAt(run) {
      const row = await one("SELECT admitted FROM spent WHERE id = $1 UNION ALL SELECT admitted FROM runs WHERE id = $1 LIMIT 1", run);
      return row === undefined || row["admitted"] === null ? null : Number(row["admitted"]);
    },
    prune: (ended, most, at) => prune(db, ended, most, at, loaded),
    async [Symbol.asyncDispose]() {
      await last;
    },
  };
}

const COMMIT = "SELECT commit_batch($1, $2::json, $3::json, $4::jsonb, $5::int[], $6::text[], $7) AS results";
/** What may be lost waits for no disk. */
const SOON = "WITH soon AS (SELECT set_config('synchronous_commit', 'off', true))";
/** Expired marks that are deleted with each marking: more than it makes, so that they do not heap up. */
const EXPIRED = 1000;

const tickKey = (schedule: string): string => `tick ${schedule}`;

function resultsOf(value: unknown): readonly CommitResult[] {
  const results: readonly unknown[] = Array.isArray(value) ? value : [];
  return results.map((one) => (one === "ok" || one === "conflict" ? one : "fenced"));
}
