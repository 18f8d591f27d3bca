import { expect, test } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { createPostgresStore } from "../../src/adapters/store/postgres.js";
import { SHARDS } from "../../src/core/run-id.js";
import { postgresAt } from "../support/postgres.js";
import { openProxy } from "../support/proxy.js";
import { describeOn } from "../support/servers.js";

describeOn("postgres", "PostgreSQL: a server that is far away", (url) => {
  const settings = postgresAt(url);

  test("I11: what a start asks for each shard and each run goes there together", async () => {
    await using way = await openProxy({ host: settings.host, port: settings.port });
    const { schema } = postgresAt(url);
    const db = await openPostgres({ ...settings, schema, port: way.port });
    const store = createPostgresStore(db);
    const before = way.sent();
    const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
    await Promise.all(shards.flatMap((shard) => [store.openRuns(shard), store.inbox(shard, 9), store.outbox(shard, 9), store.timers(shard, 0, 9), store.run(`run${shard}`), store.laneHead(`lane${shard}`)]));
    // Six of each of 64; four connections say hello first.
    expect(way.sent() - before).toBeLessThan(SHARDS);
    await db.write(`DROP SCHEMA ${schema} CASCADE`);
    await db[Symbol.asyncDispose]();
  });

  test("I11: a lease is renewed beside all that is read and waits to be read, however slow that is", async () => {
    const db = await openPostgres(postgresAt(url));
    const sharing = createPostgresStore(db).sharing;
    const answers: string[] = [];
    // On each connection one that is slow, with 63 behind it.
    const reads = Array.from({ length: 256 }, (_, n) => db.read("SELECT pg_sleep($1) AS test_slow", [n % 64 === 0 ? 5 : 0]).then(() => answers.push("read")));
    const sleeping = async (): Promise<number> => (await db.write("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%test_slow%'")).length;
    while ((await sleeping()) < 4);
    await sharing?.renew("me", 10_000, [0]);
    answers.push("renewed");
    await Promise.all(reads);
    expect(answers.indexOf("renewed")).toBe(0);
    await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
    await db[Symbol.asyncDispose]();
  });

  test("one read that the server refuses fails alone, and those behind it are answered", async () => {
    const db = await openPostgres(postgresAt(url));
    const asked = Array.from({ length: 200 }, (_, n) => db.read(n === 20 ? "SELECT 1 / $1::int AS n" : "SELECT $1::int AS n", [n === 20 ? 0 : n]));
    const answers = await Promise.allSettled(asked);
    expect(answers.flatMap(({ status }, n) => (status === "rejected" ? [n] : []))).toEqual([20]);
    expect(answers.map((answer) => (answer.status === "fulfilled" ? answer.value : "refused"))).toEqual(Array.from({ length: 200 }, (_, n) => (n === 20 ? "refused" : [{ n }])));
    await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
    await db[Symbol.asyncDispose]();
  });
});
