import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { openPostgres, type Postgres, type PostgresSettings } from "../../src/adapters/postgres/server.js";
import { createPostgresStore } from "../../src/adapters/store/postgres.js";
import { prune } from "../../src/adapters/store/postgres/prune.js";
import type { RunEvent } from "../../src/core/event.js";
import type { CommitItem, News, RunRow, Store } from "../../src/core/ports/store.js";
import { shardOf } from "../../src/core/run-id.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";

describeOn("postgres", "PostgreSQL: two transactions at once", (url) => {
  const opened: Postgres[] = [];
  const open = async (settings: PostgresSettings): Promise<Postgres> => {
    const db = await openPostgres(settings);
    opened.push(db);
    return db;
  };
  afterEach(async () => {
    for (const schema of new Set(opened.map((db) => db.schema))) await opened[0]?.write(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    for (const db of opened.splice(0)) await db[Symbol.asyncDispose]();
  });

  test("I17: the id of a run that is being pruned at this moment stays taken", async () => {
    const settings = postgresAt(url);
    const db = await open(settings);
    const store = createPostgresStore(db);
    expect(await store.commit([created("first")])).toEqual(["ok"]);
    await using pruning = await held(settings);
    expect(await prune(pruning, { before: 10 }, 1, 20, new Set())).toBe(1);
    const again = store.commit([created("again")]);
    await pruning.holdsUp(db);
    await pruning.end();
    expect(await again).toEqual(["conflict"]);
    expect(await store.run(RUN)).toBeNull();
    expect(await db.read("SELECT rid FROM runs UNION ALL SELECT rid FROM journal")).toEqual([]);
  });

  test("I11: what is asked of a run while its shard is nobody's is told to who takes the shard meanwhile", async () => {
    const settings = postgresAt(url);
    const db = await open(settings);
    await createPostgresStore(db).own(SHARD, "former");
    await db.write("SELECT release_shards('former', NULL)");
    await using asking = await held(settings);
    await createPostgresStore({ ...db, ...asking }).putInbox({ id: "a", run: RUN, at: 1, by: "ann", request: { kind: "cancel" } });
    const heir = createPostgresStore(await open(settings));
    const told = Promise.withResolvers<News>();
    await using _ = await heir.sharing?.listen((news) => {
      if (news?.kind === "inbox") told.resolve(news);
    });
    expect(await heir.sharing?.take([SHARD], "heir")).toHaveLength(1);
    expect(await heir.inbox(SHARD, 9)).toEqual([]);
    await asking.end();
    expect(await told.promise).toEqual({ kind: "inbox", shard: SHARD, name: null });
    expect(await heir.inbox(SHARD, 9)).toHaveLength(1);
  });

  test("I11: who takes a shard waits for the run that its owner is creating there", async () => {
    const settings = postgresAt(url);
    const db = await open(settings);
    await using creating = await held(settings);
    const owner = createPostgresStore({ ...db, ...creating });
    await createPostgresStore(db).own(SHARD, "owner");
    await owner.own(OTHER_SHARD, "owner");
    expect(await owner.commit([created("e0")])).toEqual(["ok"]);
    const heir = createPostgresStore(await open(settings));
    const taken = heir.own(SHARD, "heir");
    await creating.holdsUp(db);
    await creating.end();
    await taken;
    expect(await heir.run(RUN)).toMatchObject({ run: RUN });
  });

  test.each([
    { queue: "lane", join: { op: "lane.join", lane: "l" }, leave: { op: "lane.leave", lane: "l" }, head: async (store: Store) => await store.laneHead("l") },
    { queue: "lock", join: { op: "lock.join", lock: "l", path: "p" }, leave: { op: "lock.leave", lock: "l", path: "p" }, head: async (store: Store) => (await store.lockHead("l"))?.run },
  ] as const)("I18: who joins a $queue while its head leaves it is the next head, and knows it", async ({ join, leave, head }) => {
    const settings = postgresAt(url);
    const db = await open(settings);
    const store = createPostgresStore(db);
    const fence = await store.own(SHARD, "first");
    expect(await store.commit([{ ...created("e0"), index: [{ op: "run.row", row: running }, join] }])).toEqual(["ok"]);
    await using leaving = await held(settings);
    expect(await createPostgresStore({ ...db, ...leaving }).commit([{ ...created("e1"), expectedSeq: 0, fence, events: [{ ...started, seq: 1 }], index: [leave] }])).toEqual(["ok"]);
    const other = createPostgresStore(await open(settings));
    const joined = other.commit([{ ...created("o0"), run: OTHER, events: [{ ...started, run: OTHER }], index: [{ op: "run.row", row: { ...running, run: OTHER } }, join] }]);
    // Before that it would find the other one at the head, and nobody would tell it that this one has left.
    expect(await Promise.race([joined.then(() => "joined"), leaving.holdsUp(db).then(() => "waits")])).toBe("waits");
    await leaving.end();
    expect(await joined).toEqual(["ok"]);
    expect(await head(other)).toBe(OTHER);
  });

  test.each(["repeatable read", "serializable"])("I16: a commit that waits for who takes its shard is fenced, also by a user whose transactions are %s", async (isolation) => {
    const settings = postgresAt(url);
    const db = await open(settings);
    const user = `${settings.schema}_user`;
    await db.write(`CREATE ROLE ${user} LOGIN SUPERUSER`);
    try {
      await db.write(`ALTER ROLE ${user} SET default_transaction_isolation = '${isolation}'`);
      const zombies = await openPostgres({ ...settings, user });
      const zombie = createPostgresStore(zombies);
      const fence = await zombie.own(SHARD, "zombie");
      expect(await zombie.commit([created("e0")])).toEqual(["ok"]);
      await using taking = await held(settings);
      await createPostgresStore({ ...db, ...taking }).own(SHARD, "heir");
      const late = zombie.commit([{ ...created("e1"), expectedSeq: 0, fence, events: [{ ...started, seq: 1 }] }]);
      await taking.holdsUp(db);
      await taking.end();
      expect(await late).toEqual(["fenced"]);
      await zombies[Symbol.asyncDispose]();
    } finally {
      await db.write(`DROP ROLE ${user}`);
    }
  });

  test.each([["control characters", "\u0002".repeat(3000)], ["quotation marks", '"'.repeat(3999)], ["very long", "x".repeat(9000)]])("news of a lane whose name is long in a notice: %s", async (_, name) => {
    const db = await open(postgresAt(url));
    const store = createPostgresStore(db);
    await store.own(SHARD, "other");
    const told = Promise.withResolvers<News>();
    await using _listening = await store.sharing?.listen((news) => {
      if (news !== null) told.resolve(news);
    });
    await db.write("SELECT tell('lane', $1, $2, 'me')", [SHARD, name]);
    expect(await told.promise).toEqual({ kind: "lane", shard: SHARD, name: null });
  });
});

const RUN = "adrun";
const SHARD = shardOf(RUN);
const OTHER_SHARD = SHARD + 1;
const started: RunEvent = { type: "timer.set", run: RUN, seq: 0, at: 1, path: "p", data: { due: 0, why: "delay" } };
const row: RunRow = { run: RUN, flow: "f", hash: "h", admittedAt: 1, status: "completed", waits: [], finishedAt: 2, lane: null, error: null };
const running: RunRow = { ...row, status: null, finishedAt: null };
const OTHER = "bdrun";
const created = (entryId: string): CommitItem => ({ run: RUN, expectedSeq: -1, entryId, fence: null, events: [started], index: [{ op: "run.row", row }] });

interface Held extends Pick<Postgres, "read" | "write">, AsyncDisposable {
  /** Resolves when somebody waits for it. */
  holdsUp(db: Postgres): Promise<void>;
  end(): Promise<void>;
}

/** What is written through it is one transaction, that lasts until it is ended. */
async function held({ host, port, database, user, schema }: PostgresSettings): Promise<Held> {
  const client = new pg.Client({ host, port, database, user, options: `-c search_path=${schema}` });
  await client.connect();
  await client.query("BEGIN");
  const pid = Number((await client.query("SELECT pg_backend_pid() AS pid")).rows[0]?.pid);
  const act: Postgres["write"] = async (sql, values = []) => (await client.query(sql, [...values])).rows;
  return {
    read: act,
    write: act,
    async holdsUp(db) {
      while ((await db.read("SELECT 1 FROM pg_stat_activity WHERE $1::int = ANY(pg_blocking_pids(pid))", [pid])).length === 0) await new Promise((done) => setImmediate(done));
    },
    end: async () => void (await client.query("COMMIT")),
    [Symbol.asyncDispose]: () => client.end(),
  };
}
