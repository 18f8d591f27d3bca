import { expect, test } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { createPostgresStore } from "../../src/adapters/store/postgres.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { postgresServer } from "../support/postgres-server.js";
import { describeOn } from "../support/servers.js";

describeOn("postgres", "PostgreSQL: a standby", () => {
  test("what the primary has is read there; who would serve is told at once, and doctor says so", { timeout: 120_000 }, async () => {
    await using server = await postgresServer();
    await server.start();
    const settings = { host: "127.0.0.1", port: server.port, database: "postgres", user: "flowctl", password: null, schema: "flowctl", tls: null };
    await (await openPostgres(settings))[Symbol.asyncDispose]();
    await server.stop();
    server.write("standby.signal", "");
    await server.start();
    {
      await using db = await openPostgres(settings);
      const store = createPostgresStore(db);
      expect(await store.runs({ limit: 9 })).toEqual([]);
      await expect(store.sharing?.listen(() => undefined)).rejects.toMatchObject({ code: "FC6051", hint: expect.stringContaining("primary") });
      await expect(store.own(1, "a")).rejects.toMatchObject({ code: "FC6051" });
    }
    const cwd = folderWith({ "flow.yaml": "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { a: integer } }\nsteps: [ { id: s, set: { a: input.a } } ]\n", "flowctl.yaml": `flows: [flow.yaml]\nstore: postgresql://flowctl@127.0.0.1:${server.port}/postgres\n` });
    expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 3, stdout: expect.stringMatching(/MISS store: .*standby/) });
    expect(await flowctl(["run"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringMatching(/FC6051[^]*primary/) });
  });
});
