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

  test("I11: a lease is renewed before all that waits to be read", async () => {
    const db = await openPostgres(postgresAt(url));
    const answers: string[] = [];
    const all = Array.from({ length: 2000 }, () => db.read("SELECT 1").then(() => answers.push("read")));
    all.push(db.readFirst("SELECT 2").then(() => answers.push("renewed")));
    await Promise.all(all);
    expect(answers.indexOf("renewed")).toBeLessThan(1000);
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
