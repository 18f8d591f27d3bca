import { expect, test } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";

const FLOW = "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { a: integer } }\nsteps: [ { id: s, set: { a: input.a } } ]\n";

describeOn("postgres", "doctor on a PostgreSQL that run would not work on", (url) => {
  test("says so before the schema is there, makes nothing, and says so of one that may only be read", { timeout: 60_000 }, async () => {
    const settings = postgresAt(url);
    const { schema } = settings;
    const role = `r_${schema}`;
    const at = url.replace(/\/\/[^@]*@/, `//${role}@`);
    const cwd = folderWith({ "flow.yaml": FLOW, "flowctl.yaml": `flows: [flow.yaml]\nstore: { kind: postgres, url: "${at}", schema: ${schema} }\n` });
    const doctor = () => flowctl(["doctor"], { cwd });
    const miss = (says: string) => ({ status: 3, stdout: expect.stringMatching(new RegExp(`MISS store: .*FC6051: .*${says}`)) });
    await using admin = await openPostgres(postgresAt(url));
    const there = async (): Promise<boolean> => (await admin.read("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema])).length > 0;
    await admin.write(`CREATE ROLE ${role} LOGIN`);
    try {
      expect(await doctor()).toMatchObject(miss("permission denied for database"));
      await admin.write(`ALTER ROLE ${role} SET default_transaction_read_only = on`);
      expect(await doctor()).toMatchObject(miss("read-only transaction"));
      expect(await flowctl(["runs", "list"], { cwd })).toMatchObject({ status: 3, stderr: expect.stringContaining("FC6052") });
      expect(await there()).toBe(false);

      await (await openPostgres(settings))[Symbol.asyncDispose]();
      for (const grant of ["USAGE ON SCHEMA", "SELECT ON ALL TABLES IN SCHEMA"]) await admin.write(`GRANT ${grant} ${schema} TO ${role}`);
      expect(await doctor()).toMatchObject(miss("default_transaction_read_only"));
      await admin.write(`ALTER ROLE ${role} RESET default_transaction_read_only`);
      expect(await doctor()).toMatchObject(miss("this user may only read the schema"));
      expect(await flowctl(["runs", "list"], { cwd })).toMatchObject({ status: 0 });

      await admin.write(`DROP SCHEMA ${schema} CASCADE`);
      await admin.write(`CREATE SCHEMA ${schema} AUTHORIZATION ${role}`);
      expect(await doctor()).toMatchObject({ status: 0, stdout: expect.stringContaining("is not there yet: `flowctl run` makes it") });
      expect(await admin.read("SELECT 1 FROM pg_tables WHERE schemaname = $1", [schema])).toEqual([]);
      await (await openPostgres({ ...settings, user: role }))[Symbol.asyncDispose]();
      expect(await doctor()).toMatchObject({ status: 0 });
    } finally {
      await admin.write(`DROP OWNED BY ${role} CASCADE`);
      await admin.write(`DROP ROLE ${role}`);
    }
  });
});
