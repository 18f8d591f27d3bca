import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import pg from "pg";
import { expect, test } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";

/** What PgBouncer answers to a connection's first packet with `options`, but where it ignores them. */
const said = Buffer.from("SFATAL\0C08P01\0Munsupported startup parameter: options\0\0");
const refusal = Buffer.concat([Buffer.from("E"), Buffer.from([0, 0, 0, said.length + 4]), said]);

const refuses = (client: Socket): void => void client.once("data", () => client.end(refusal));

/** Of the same length, for the packet says it: an option's value that sets nothing. */
const ignores = (to: { readonly host: string; readonly port: number }) => (client: Socket): void => {
  const upstream = connect(to);
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
  client.once("data", (first: Buffer) => {
    upstream.write(Buffer.from(first.toString("latin1").replace(/(?<=options\0)[^\0]*/, (value) => " ".repeat(value.length)), "latin1"));
    client.pipe(upstream).pipe(client);
  });
};

describeOn("postgres", "PostgreSQL behind a pooler", (url) => {
  const settings = postgresAt(url);
  test("one that ignores it is found out also where the user has the schema from the server", async () => {
    const server = createServer(ignores(settings));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the pooler listens on no port");
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const user = `${settings.schema}_user`;
    await client.query(`CREATE ROLE ${user} LOGIN SUPERUSER; ALTER ROLE ${user} SET search_path = ${settings.schema}`);
    try {
      await expect(openPostgres({ ...settings, user, host: "127.0.0.1", port: address.port })).rejects.toMatchObject({ code: "FC6051", message: expect.stringContaining("pooler") });
    } finally {
      await client.query(`DROP SCHEMA IF EXISTS ${settings.schema} CASCADE; DROP ROLE ${user}`);
      await client.end();
      server.close();
    }
  });

  test.each([["refuses", refuses], ["ignores", ignores(settings)]] as const)("one that %s what is asked for with a connection is refused, and nothing is made anywhere", async (_, pooler) => {
    const server = createServer(pooler);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the pooler listens on no port");
    try {
      await expect(openPostgres({ ...settings, host: "127.0.0.1", port: address.port })).rejects.toMatchObject({ code: "FC6051", message: expect.stringContaining("pooler"), hint: expect.stringContaining("the server itself") });
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      expect((await client.query("SELECT nspname FROM pg_namespace WHERE nspname = $1 UNION ALL SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = 'layout'", [settings.schema])).rows).toEqual([]);
      await client.end();
    } finally {
      server.close();
    }
  });
});
