import pg from "pg";
import { afterEach, expect, test } from "vitest";
import type { RunEvent } from "../../src/core/event.js";
import { InfraError } from "../../src/core/errors.js";
import type { CommitItem, Fence, IndexOp, News } from "../../src/core/ports/store.js";
import { openPostgres, type Postgres } from "../../src/adapters/postgres/server.js";
import { encodeEntry } from "../../src/adapters/store/journal/entry.js";
import { shardOf } from "../../src/core/run-id.js";
import { COMMIT } from "../../src/adapters/store/postgres/commit.js";
import { purge } from "../../src/adapters/store/postgres/purge.js";
import { STORE_TABLES } from "../../src/adapters/store/postgres/tables.js";
import { createPostgresStore } from "../../src/adapters/store/postgres.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";

describeOn("postgres", "PostgreSQL", (url) => {
  const opened: Postgres[] = [];
  const open = async (settings = postgresAt(url)): Promise<Postgres> => {
    const db = await openPostgres(settings);
    opened.push(db);
    return db;
  };
  afterEach(async () => {
    for (const schema of new Set(opened.map((db) => db.schema))) await opened[0]?.write(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    for (const db of opened.splice(0)) await db[Symbol.asyncDispose]();
  });

  test("processes that start at once make the schema once", async () => {
    const settings = postgresAt(url);
    const all = await Promise.all(Array.from({ length: 5 }, () => open(settings)));
    const [first, ...others] = await Promise.all(all.map((db) => db.read("SELECT version FROM layout")));
    expect(first).toHaveLength(1);
    expect(others).toEqual(others.map(() => first));
  });

  test("I38: a schema of layout 1 is brought forward, and keeps what it has", async () => {
    const older = await open();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`DROP SCHEMA ${older.schema} CASCADE; CREATE SCHEMA ${older.schema}; SET search_path TO ${older.schema}; ${STORE_TABLES}${COMMIT}; INSERT INTO layout (version) VALUES (1)`);
    await client.end();
    // As processes of that layout commit, and go on to beside newer ones.
    const { run, entryId, events } = item(-1, "e0", null);
    const old = JSON.stringify([{ r: run, s: shardOf(run), x: -1, l: 0, e: entryId, f: -1, p: -1, j: encodeEntry(events, new WeakMap(), new Map()) }]);
    expect(await older.read("SELECT commit_items($1::jsonb, '{}', NULL) AS results", [old])).toEqual([{ results: ["ok"] }]);
    const now = createPostgresStore(await open(postgresAt(url, older.schema)));
    expect(await count(now)).toBe(1);
    await now.putSnapshot(RUN, { seq: 0, text: "s" });
    expect(await now.snapshot(RUN)).toBe("s");
  });

  test("an item whose messages are more than one statement takes is committed as a whole, its messages in their order, or not at all", async () => {
    const store = createPostgresStore(await open());
    const ids = Array.from({ length: 12 }, (_, at) => `m${at}`);
    const index = ids.map((id): IndexOp => ({ op: "outbox.put", message: { topic: "t", key: null, id, headers: {}, body: `${id} ${"x".repeat(2_000_000)}` } }));
    const put = { ...item(-1, "e0", null), index };
    expect(await store.commit([{ ...put, expectedSeq: 3 }])).toEqual(["conflict"]);
    expect(await store.outbox(shardOf(RUN), 99)).toEqual([]);
    expect(await store.commit([put])).toEqual(["ok"]);
    // The first answer was lost.
    expect(await store.commit([put])).toEqual(["ok"]);
    const found: string[] = [];
    for (let rows = await store.outbox(shardOf(RUN), 5); rows.length > 0; rows = await store.outbox(shardOf(RUN), 5)) {
      found.push(...rows.map(({ message: { id, body } }) => (body.length > 2_000_000 ? id : "")));
      await store.published(shardOf(RUN), rows.map(({ message }) => message.id));
    }
    expect(found).toEqual(ids);
  });

  test("I36: a purge of a key erases what it has spent of a budget, and nobody else's", async () => {
    const db = await open();
    const store = createPostgresStore(db);
    const scopes = [["f", null, "ann"], ["f", "2026-01-01", "ann"], ["f", null, "bob"], ["g", null, "ann"], ["f", "ann", null]].map((one) => JSON.stringify(one));
    const index = scopes.map((scope): IndexOp => ({ op: "budget.settle", scope, call: `${scope}~1`, until: Infinity, tokens: 5, usd: 0 }));
    expect(await store.commit([{ ...item(-1, "e0", null), index: [...index, { op: "budget.hold", scope: scopes[1] ?? "", call: "open~1", until: Infinity, tokens: 1, usd: 0 }] }])).toEqual(["ok"]);
    expect(await purge(db, { flow: "f", key: "ann" }, 1)).toMatchObject({ runs: 0, budgets: 1 });
    expect((await store.budgets({ limit: 9 })).map(({ scope }) => scope).toSorted()).toEqual(scopes.slice(1).toSorted());
  });

  test("I36: a purge finds what a key of any length has spent", async () => {
    const db = await open();
    const store = createPostgresStore(db);
    const key = Array.from({ length: 900 }, (_, n) => `${n}"`).join("");
    expect(await store.commit([{ ...item(-1, "e0", null), index: [{ op: "budget.settle", scope: JSON.stringify(["f", "2026-01-01", key]), call: "c", until: Infinity, tokens: 5, usd: 0 }] }])).toEqual(["ok"]);
    expect(await purge(db, { flow: "f", key }, 1)).toMatchObject({ budgets: 1 });
  });

  test("a schema of a newer version, or of something else, is left alone", async () => {
    const newer = await open();
    await newer.write("UPDATE layout SET version = 99");
    await expect(openPostgres(postgresAt(url, newer.schema))).rejects.toMatchObject({ code: "FC6052", message: expect.stringContaining("layout 99") });
    await newer.write("DROP TABLE journal");
    await newer.write("ALTER TABLE layout RENAME version TO columns");
    await expect(openPostgres(postgresAt(url, newer.schema))).rejects.toMatchObject({ code: "FC6052", message: expect.stringContaining("something else") });
    await newer.write("DROP TABLE layout");
    await expect(openPostgres(postgresAt(url, newer.schema))).rejects.toMatchObject({ code: "FC6052", message: expect.stringContaining("something else") });
  });

  test("what no waiting mends is said with what to do", async () => {
    await expect(openPostgres({ ...postgresAt(url), database: "nowhere" })).rejects.toMatchObject({ code: "FC6051", hint: expect.stringContaining("createdb") });
    await expect(openPostgres({ ...postgresAt(url), port: 1 })).rejects.toMatchObject({ code: "FC6050" });
    await expect(openPostgres({ ...postgresAt(url), tls: {} })).rejects.toMatchObject({ code: "FC6051", message: expect.stringContaining("no TLS"), hint: expect.stringContaining("`tls`") });
  });

  test("a database that cannot hold every text is told so", async () => {
    const db = await open();
    const database = `latin1_${db.schema}`;
    await db.write(`CREATE DATABASE ${database} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    try {
      await expect(openPostgres({ ...postgresAt(url), database })).rejects.toMatchObject({ code: "FC6051", message: expect.stringContaining("LATIN1"), hint: expect.stringContaining("UTF8") });
    } finally {
      await db.write(`DROP DATABASE ${database}`);
    }
  });

  test("a user without rights on the schema is told so, with tables in it and without", async () => {
    const db = await open();
    const bare = await open();
    const user = `guest_${db.schema}`;
    await db.write(`CREATE ROLE ${user} LOGIN`);
    await db.write(`DROP SCHEMA ${bare.schema} CASCADE`);
    await db.write(`CREATE SCHEMA ${bare.schema}`);
    try {
      for (const { schema } of [db, bare]) {
        await expect(openPostgres({ ...postgresAt(url, schema), user })).rejects.toMatchObject({ code: "FC6051", message: expect.stringContaining("does not let this user work"), hint: expect.stringContaining("schema of its own") });
      }
    } finally {
      await db.write(`DROP ROLE ${user}`);
    }
  });

  test("I16: who takes a shard waits for a commit under way there, and fences every later one", async () => {
    const settings = postgresAt(url);
    const [zombie, heir] = [createPostgresStore(await open(settings)), createPostgresStore(await open(settings))];
    const fence = await zombie.own(RUN_SHARD, "zombie");
    expect(await zombie.commit([item(-1, "e0", null)])).toEqual(["ok"]);
    let seq = 0;
    const written: string[] = [];
    const writing = (async () => {
      for (;;) {
        const [result = "fenced"] = await zombie.commit([item(seq, `z${seq}`, fence)]);
        written.push(result);
        if (result !== "ok") return;
        seq += 1;
      }
    })();
    const own = await heir.own(RUN_SHARD, "heir");
    // What the new owner reads now is all that the old one will ever have written.
    const before = await count(heir);
    await writing;
    expect(written.at(-1)).toBe("fenced");
    expect(await count(heir)).toBe(before);
    expect(await heir.commit([item(before - 1, "h", own)])).toEqual(["ok"]);
  });

  test("a connection that the server ends is made again", async () => {
    const db = await open();
    const store = createPostgresStore(db);
    const heard: (string | null)[] = [];
    const again = Promise.withResolvers<void>();
    await using _ = await db.listen(`flowctl_${db.schema}`, (payload) => {
      heard.push(payload);
      if (heard.length === 2) again.resolve();
    });
    await db.read("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query ILIKE '%' || $1 || '%'", [db.schema]);
    await again.promise;
    expect(heard).toEqual([null, null]);
    await expect(until(() => store.own(1, "a"))).resolves.toMatchObject({ shard: 1 });
  });

  test("I11: the server ends what a machine that is gone had under way, within the time in which others follow it", async () => {
    const db = await open();
    const names = ["idle", "interval", "count"];
    for (const ask of [db.write, db.read]) {
      const rows = await ask("SELECT current_setting('tcp_keepalives_' || name)::int AS n FROM unnest($1::text[]) AS name", [names]);
      const [idle = 0, interval = 0, count = 0] = rows.map(({ n }) => Number(n));
      expect(idle).toBeGreaterThan(0);
      expect(idle + interval * count).toBeLessThan(12);
    }
  });

  test("a server that turns read-only is asked again, by a new connection; one that was from the start is not", async () => {
    const settings = postgresAt(url);
    const db = await open(settings);
    // As the server does it for all sessions, of which this test has one.
    const readOnly = (at: Postgres) => at.write("SELECT set_config('default_transaction_read_only', 'on', false)");
    await readOnly(db);
    const refused = { message: expect.stringContaining("read-only") };
    await expect(db.write("DELETE FROM meta")).rejects.toMatchObject(refused);
    await expect(db.write("DELETE FROM meta")).resolves.toEqual([]);
    await readOnly(db);
    await expect(db.write("DELETE FROM meta")).rejects.not.toBeInstanceOf(InfraError);
    const user = `${settings.schema}_user`;
    await db.write(`CREATE ROLE ${user} LOGIN SUPERUSER`);
    try {
      await db.write(`ALTER ROLE ${user} SET default_transaction_read_only = on`);
      const late = await openPostgres({ ...settings, user });
      await expect(late.write("DELETE FROM meta")).rejects.toMatchObject({ ...refused, code: "FC6051" });
      await expect(late.read("DELETE FROM meta")).rejects.toMatchObject({ ...refused, code: "FC6051" });
      await late[Symbol.asyncDispose]();
    } finally {
      await db.write(`DROP ROLE ${user}`);
    }
  });

  test.each(["hello", "null", "{}", '["a","newer","kind"]'])("what somebody else tells on its channel is a reason to look at everything: %s", async (payload) => {
    const db = await open();
    const heard: (News | null)[] = [];
    const told = Promise.withResolvers<void>();
    await using _ = await createPostgresStore(db).sharing?.listen((news) => {
      heard.push(news);
      if (heard.length === 2) told.resolve();
    });
    await db.write("SELECT pg_notify($1, $2)", [`flowctl_${db.schema}`, payload]);
    await told.promise;
    expect(heard).toEqual([null, null]);
  });

  test("what is put for another process's shard is told to it", async () => {
    const settings = postgresAt(url);
    const [mine, others] = [await open(settings), await open(settings)];
    const store = createPostgresStore(mine);
    await store.own(RUN_SHARD, "owner");
    const told = Promise.withResolvers<unknown>();
    await using _ = await mine.listen(`flowctl_${mine.schema}`, (payload) => payload !== null && told.resolve(JSON.parse(payload)));
    await createPostgresStore(others).commit([item(-1, "e0", null)]);
    expect(await told.promise).toEqual(["runs", RUN_SHARD, RUN]);
  });
});

const RUN = "abrun";
const RUN_SHARD = 1;
const event = (seq: number): RunEvent => ({ type: "timer.set", run: RUN, seq, at: 1, path: "p", data: { due: seq, why: "delay" } });
const item = (expectedSeq: number, entryId: string, fence: Fence | null): CommitItem => ({ run: RUN, expectedSeq, entryId, fence, events: [event(expectedSeq + 1)], index: [] });

async function count(store: ReturnType<typeof createPostgresStore>): Promise<number> {
  let events = 0;
  for await (const _ of store.read(RUN, 0)) events += 1;
  return events;
}

/** A statement whose connection was ended fails, and may be asked for again. */
async function until<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch {
      await new Promise((done) => setImmediate(done));
    }
  }
}
