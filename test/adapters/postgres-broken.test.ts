import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { openPostgres } from "../../src/adapters/postgres/server.js";
import { createPostgresStore } from "../../src/adapters/store/postgres.js";
import type { CommitItem, IndexOp } from "../../src/core/ports/store.js";
import { purge } from "../../src/adapters/store/postgres/purge.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";

describeOn("postgres", "PostgreSQL", (url) => {
  test.for([["a NUL", "a\u0000b"], ["half of a surrogate pair", "a\ud800b"]] as const)("purge erases a key also where another dead letter or another key of the flow holds %s", async ([, name]) => {
    const db = await openPostgres(postgresAt(url));
    const store = createPostgresStore(db);
    await store.putDeadLetters([
      { id: "1/dlq", flow: "f", at: 0, letter: { key: "other", message: { name } } },
      { id: "2/dlq", flow: "f", at: 0, letter: { key: "ann", message: {} } },
      { id: "3/dlq", flow: "f", at: 0, letter: { key: "other", message: { key: "ann" } } },
    ]);
    const spent = ["other", name, "ann"].map((key): IndexOp => ({ op: "budget.settle", scope: JSON.stringify(["f", "2026-01-01", key]), call: key, until: Infinity, tokens: 5, usd: 0 }));
    const events: CommitItem["events"] = [{ type: "timer.set", run: "adspent", seq: 0, at: 1, path: "p", data: { due: 0, why: "delay" } }];
    expect(await store.commit([{ run: "adspent", expectedSeq: -1, entryId: "1", fence: null, events, index: spent }])).toEqual(["ok"]);
    expect(await purge(db, { flow: "f", key: "ann" }, 1)).toMatchObject({ letters: 1, budgets: 1 });
    expect(await purge(db, { flow: "f", key: name }, 1)).toMatchObject({ letters: 0, budgets: 1 });
    await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
    await store[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  });

  test("I18: of a commit that goes to the server in several batches nothing comes before one that fails", async () => {
    const db = await openPostgres(postgresAt(url));
    let fails = true;
    const store = createPostgresStore({
      ...db,
      write(sql, values) {
        const failed = fails && sql.includes("commit_batch");
        fails &&= !failed;
        return failed ? Promise.reject(new Error("the connection broke")) : db.write(sql, values);
      },
    });
    const joins = (run: string, entryId: string): CommitItem => ({ run, expectedSeq: -1, entryId, fence: null, events: [{ type: "timer.set", run, seq: 0, at: 1, path: "p", data: { due: 0, why: "delay" } }], index: [{ op: "lane.join", lane: "l" }] });
    // A message that is there twice: the second item of its run is the next batch's.
    const items = [joins("adfirst", "1"), joins("adfirst", "2"), joins("adsecond", "3")];
    await expect(store.commit(items)).rejects.toThrow("the connection broke");
    expect(await store.commit(items)).toEqual(["ok", "conflict", "ok"]);
    expect(await store.laneHead("l")).toBe("adfirst");
    await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
    await store[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  });

  test("one who listens, and is closed while it connects again, leaves no connection", async () => {
    const { hostname, port } = new URL(url);
    const open = new Set<Socket>();
    let come: ((let_through: () => void) => void) | null = null;
    const proxy = createServer((client) => {
      open.add(client.on("error", () => undefined).on("close", () => open.delete(client)));
      const through = (): void => {
        const upstream = connect(Number(port), hostname).on("error", () => client.destroy()).on("close", () => client.destroy());
        client.on("close", () => upstream.destroy());
        client.pipe(upstream).pipe(client);
      };
      if (come === null) through();
      else come(through);
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const address = proxy.address();
    if (address === null || typeof address === "string") throw new Error("the proxy listens on no port");
    const db = await openPostgres({ ...postgresAt(url), host: "127.0.0.1", port: address.port });
    const listening = await db.listen("test", () => undefined);
    const again = new Promise<() => void>((resolve) => {
      come = resolve;
    });
    for (const socket of open) socket.destroy();
    const letThrough = await again;
    const [late] = [...open].slice(-1);
    await listening[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
    letThrough();
    if (late !== undefined && !late.destroyed) await once(late, "close");
    proxy.close();
    const direct = await openPostgres({ ...postgresAt(url), schema: db.schema });
    await direct.write(`DROP SCHEMA ${db.schema} CASCADE`);
    await direct[Symbol.asyncDispose]();
  }, 20_000);
});
