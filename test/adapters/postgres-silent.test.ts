import pg from "pg";
import { expect, test, vi } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { folderWith } from "../support/folder.js";
import { postgresAt } from "../support/postgres.js";
import { openProxy } from "../support/proxy.js";
import { describeOn } from "../support/servers.js";
import { serving } from "../support/serving.js";

describeOn("postgres", "PostgreSQL: a connection that is silent, and is not broken", (url) => {
  const settings = postgresAt(url);
  const network = () => openProxy({ host: settings.host, port: settings.port });
  async function drop(schema: string): Promise<void> {
    const db = await openPostgres(settings);
    await db.write(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    if (schema !== settings.schema) await db.write(`DROP SCHEMA ${settings.schema} CASCADE`);
    await db[Symbol.asyncDispose]();
  }

  test("who listens on it connects again, and hears of what is told then", { timeout: 30_000 }, async () => {
    await using way = await network();
    const { schema } = postgresAt(url);
    const db = await openPostgres({ ...settings, schema, port: way.port });
    const again = Promise.withResolvers<void>();
    const told = Promise.withResolvers<string>();
    let times = 0;
    const listening = await db.listen("told", (payload) => {
      if (payload !== null) told.resolve(payload);
      else if ((times += 1) === 2) again.resolve();
    });
    way.silence();
    await again.promise;
    const other = await openPostgres({ ...settings, schema });
    await other.write("SELECT pg_notify('told', 'news')");
    expect(await told.promise).toBe("news");
    await other[Symbol.asyncDispose]();
    await listening[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
    await drop(schema);
  });

  test("a store is open also where nobody hears the goodbye of who looked at its layout", { timeout: 15_000 }, async () => {
    await using way = await network();
    const { schema } = postgresAt(url);
    const { end } = pg.Connection.prototype;
    const ending = vi.spyOn(pg.Connection.prototype, "end").mockImplementationOnce(function (this: pg.Connection) {
      way.silence();
      end.call(this);
    });
    const db = await openPostgres({ ...settings, schema, port: way.port });
    ending.mockRestore();
    expect(await db.read("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await db[Symbol.asyncDispose]();
    await drop(schema);
  });

  test("it is closed all the same, and what is asked for after that makes no connection", { timeout: 15_000 }, async () => {
    await using way = await network();
    const { schema } = postgresAt(url);
    const db = await openPostgres({ ...settings, schema, port: way.port });
    await Promise.all([db.write("SELECT 1"), db.read("SELECT 1")]);
    const listening = await db.listen("told", () => undefined);
    way.silence();
    await listening[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
    await expect(db.write("SELECT 1")).rejects.toMatchObject({ code: "FC6050" });
    await drop(schema);
  });

  test("a process that is stopped ends, and says why it did not say goodbye", { timeout: 60_000 }, async () => {
    await using way = await network();
    const { schema } = postgresAt(url);
    const store = `store: { kind: postgres, url: "postgresql://${settings.user}@127.0.0.1:${way.port}/${settings.database}", schema: ${schema} }`;
    const cwd = folderWith({ "flowctl.yaml": `flowctl: v1\nflows: [flow.yaml]\n${store}\n`, "flow.yaml": "flowctl: v1\nflow: f\ninput: { fields: { n: integer } }\non: { manual: {} }\nsteps: [ { set: { done: true } } ]\n" });
    await using process = await serving(cwd, []);
    way.silence();
    expect(await process.terminate()).toBe(0);
    expect(process.stderr()).not.toMatch(/internal error/);
    await drop(schema);
  });
});
