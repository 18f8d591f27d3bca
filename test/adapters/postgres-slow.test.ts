import { afterEach, expect, test, vi } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { postgresAt } from "../support/postgres.js";
import { openProxy } from "../support/proxy.js";
import { describeOn } from "../support/servers.js";

/** A server that is silent for so long is gone. */
const SILENT_MS = 20_000;
const LARGE = 8_000_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describeOn("postgres", "PostgreSQL: a slow link", (url) => {
  afterEach(() => void vi.useRealTimers());

  async function far() {
    const { host, port, schema } = postgresAt(url);
    const way = await openProxy({ host, port });
    const db = await openPostgres({ ...postgresAt(url), schema, port: way.port });
    await Promise.all([db.write("SELECT 1"), db.read("SELECT 1")]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const hold = way.hold();
    /** What became of it. */
    async function after(ms: number, asked: Promise<readonly unknown[]>): Promise<string> {
      let became = "it waits";
      asked.then(() => (became = "answered"), ({ message }: Error) => (became = message));
      await vi.advanceTimersByTimeAsync(ms);
      await turn();
      return became;
    }
    return {
      db, hold, after,
      async [Symbol.asyncDispose]() {
        vi.useRealTimers();
        await db[Symbol.asyncDispose]();
        await way[Symbol.asyncDispose]();
        const direct = await openPostgres(postgresAt(url, schema));
        await direct.write(`DROP SCHEMA ${schema} CASCADE`);
        await direct[Symbol.asyncDispose]();
      },
    };
  }

  test("what is large may take as long as it takes to get there, by a write and by a read; what is small may not", async () => {
    for (const how of ["write", "read"] as const) {
      await using link = await far();
      const large = link.db[how]("SELECT length($1::text)", ["x".repeat(LARGE)]);
      expect(await link.after(SILENT_MS + LARGE / 25, large), how).toBe("it waits");
      link.hold.release();
      await large;
    }
    for (const how of ["write", "read"] as const) {
      await using link = await far();
      expect(await link.after(SILENT_MS, link.db[how]("SELECT 1")), how).toMatch(/Query read timeout|Connection terminated/);
    }
  });

  test("a large answer that is on its way is waited for; one that stops coming is not", async () => {
    for (const goesOn of [true, false]) {
      await using link = await far();
      const large = link.db.read("SELECT repeat('x', $1) AS text", [LARGE]);
      let became = "it waits";
      large.then(() => (became = "answered"), ({ message }: Error) => (became = message));
      for (let n = 0; n < 4; n += 1) {
        if (goesOn || n === 0) await link.hold.part();
        for (let some = 0; some < 5; some += 1) await turn();
        await vi.advanceTimersByTimeAsync(SILENT_MS - 2000);
      }
      await turn();
      expect(became).toMatch(goesOn ? /it waits/ : /Connection terminated/);
      link.hold.release();
      if (goesOn) await large;
    }
  });
});
