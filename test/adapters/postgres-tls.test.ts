import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgres, type Credentials, type PostgresSettings } from "../../src/adapters/postgres/server.js";
import { authority, type Authority } from "../support/certificates.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { postgresServer } from "../support/postgres-server.js";
import { describeOn } from "../support/servers.js";

describeOn("postgres", "PostgreSQL with TLS", () => {
  let made: Authority;
  let port = 0;
  let end = async (): Promise<void> => undefined;
  // It lets nobody in without TLS, nobody into `certs` without a certificate, and two users with a password alone.
  beforeAll(async () => {
    const keys = mkdtempSync(join(tmpdir(), "flowctl-postgres-"));
    made = authority(keys, "authority");
    const server = await postgresServer();
    ({ port } = server);
    const { cert, key } = made.sign("DNS:db.test");
    for (const [name, text] of Object.entries({ "ca.pem": made.ca, "server.pem": cert, "server.key": key, "pg_hba.conf": "hostssl certs all 127.0.0.1/32 cert\nhostssl all scram 127.0.0.1/32 scram-sha-256\nhostssl all text 127.0.0.1/32 password\nhostssl all all 127.0.0.1/32 trust\n" })) server.write(name, text);
    end = async () => {
      await server[Symbol.asyncDispose]();
      rmSync(keys, { recursive: true, force: true });
    };
    await server.start(["ssl=on", "ssl_ca_file=ca.pem", "ssl_cert_file=server.pem", "ssl_key_file=server.key"]);
  }, 90_000);
  afterAll(() => end());

  const settings = (more: Partial<PostgresSettings> = {}): PostgresSettings => ({ host: "127.0.0.1", port, database: "postgres", user: "flowctl", password: null, schema: "flowctl", tls: { ca: made.ca, serverName: "db.test" }, ...more });

  test("the server's certificate is checked: by its authority and its name, of whichever host", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      await using db = await openPostgres(settings({ host }));
      expect(await db.read("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).toEqual([{ ssl: true }]);
      const listening = await db.listen("flowctl_flowctl", () => undefined);
      await listening[Symbol.asyncDispose]();
    }
    await expect(openPostgres(settings({ tls: { ca: made.ca } }))).rejects.toMatchObject({ code: "FC6050", message: expect.stringMatching(/altnames|does not match/) });
    await expect(openPostgres(settings({ tls: {} }))).rejects.toMatchObject({ code: "FC6050", message: expect.stringContaining("certificate") });
  });
  test("in plain text it lets nobody in", async () => {
    await expect(openPostgres(settings({ tls: null }))).rejects.toMatchObject({ code: "FC6051", message: expect.stringContaining("no encryption") });
  });
  test("a certificate of flowctl stands in for a password", async () => {
    {
      await using db = await openPostgres(settings());
      await db.write("CREATE DATABASE certs");
    }
    const { cert, key } = made.sign("DNS:flowctl.test");
    const tls = { ca: made.ca, serverName: "db.test" };
    await using db = await openPostgres(settings({ database: "certs", tls: { ...tls, cert, key } }));
    expect(db.place.database).toBe("certs");
    await expect(openPostgres(settings({ database: "certs", tls }))).rejects.toMatchObject({ code: "FC6051" });
  });
  test("a server that asks for a password, and a store that names none: said at once, and nothing stays open", async () => {
    {
      await using db = await openPostgres(settings());
      await db.write("CREATE ROLE scram LOGIN SUPERUSER PASSWORD 'open'");
      await db.write("CREATE ROLE text LOGIN SUPERUSER PASSWORD 'open'");
    }
    for (const user of ["scram", "text"]) {
      for (const password of [null, ""]) await expect(openPostgres(settings({ user, password }))).rejects.toMatchObject({ code: "FC6051", hint: expect.stringContaining("`password`") });
      await expect(openPostgres(settings({ user, password: "wrong" }))).rejects.toMatchObject({ code: "FC6051", message: expect.stringContaining("refuses") });
      await using db = await openPostgres(settings({ user, password: "open" }));
      expect(await db.read("SELECT current_user::text AS name")).toEqual([{ name: user }]);
    }
    const cwd = folderWith({ "ca.pem": made.ca, "flowctl.yaml": `store: { kind: postgres, url: "postgresql://scram@127.0.0.1:${port}/postgres", tls: { ca: ca.pem, server_name: db.test } }\n` });
    // Where it stayed open, the command would go on until the server ends the login, after a minute.
    const asked = Date.now();
    expect(await flowctl(["runs", "list"], { cwd, env: { PGPASSWORD: "open" } })).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(/FC6051.*the store has none/) });
    expect(Date.now() - asked).toBeLessThan(30_000);
  });
  test("a password and a certificate that are renewed while it serves are shown from the next connection on", async () => {
    {
      await using db = await openPostgres(settings());
      await db.write("CREATE ROLE renewed LOGIN SUPERUSER PASSWORD 'first'");
    }
    let shown: Credentials = { password: "first", tls: { ca: made.ca, serverName: "db.test" } };
    await using db = await openPostgres(settings({ user: "renewed", ...shown, renewed: () => shown }));
    const heard: (string | null)[] = [];
    const listening = await db.listen("flowctl_flowctl", (payload) => heard.push(payload));
    await db.write("SELECT 1");
    // One that ends a connection by hand stands for whoever restarts the server, or the network.
    const cut = async (statement: string): Promise<void> => {
      await using other = await openPostgres(settings());
      await other.write(statement);
      await other.write("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'renewed'");
    };
    await cut("ALTER ROLE renewed PASSWORD 'second'");
    shown = { ...shown, password: "second" };
    const goesOn = async (): Promise<void> => {
      heard.length = 0;
      expect(await db.read("SELECT 1 AS one")).toEqual([{ one: 1 }]);
      await expect.poll(() => db.write("SELECT 1 AS one").catch(String)).toEqual([{ one: 1 }]);
      await expect.poll(() => heard).toEqual([null]);
    };
    await goesOn();
    await cut("SELECT 1");
    shown = { ...shown, tls: { ca: "no certificate", serverName: "db.test" } };
    await expect(db.readBeside("SELECT 1")).rejects.toThrow("certificate");
    shown = { ...shown, tls: { ca: made.ca, serverName: "db.test" } };
    await goesOn();
    await listening[Symbol.asyncDispose]();
  });
  test("from a project file; doctor says that the connection is TLS", async () => {
    const cwd = folderWith({ "ca.pem": made.ca, "flow.yaml": "flowctl: v1\nflow: f\non: { manual: {} }\ninput: { fields: { a: integer } }\nsteps: [ { id: s, set: { a: input.a } } ]\n", "flowctl.yaml": `flows: [flow.yaml]\nstore: { kind: postgres, url: "postgresql://flowctl@127.0.0.1:${port}/postgres", tls: { ca: ca.pem, server_name: db.test } }\n` });
    const { status, stdout } = await flowctl(["doctor", "--strict"], { cwd });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/connection: +TLS/)]);
  });
});
