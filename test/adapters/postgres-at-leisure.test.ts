import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { openPostgres, type Postgres } from "../../src/adapters/postgres/server.js";
import { createPostgresStore } from "../../src/adapters/store/postgres.js";
import type { RunEvent } from "../../src/core/event.js";
import type { CommitItem, Fence, IndexOp } from "../../src/core/ports/store.js";
import { shardOf } from "../../src/core/run-id.js";
import { postgresAt } from "../support/postgres.js";
import { describeOn } from "../support/servers.js";

const RUN = "adrun";
const event = (seq: number): RunEvent => ({ type: "timer.set", run: RUN, seq, at: 1, path: "p", data: { due: 0, why: "delay" } });
const item = (expectedSeq: number, fence: Fence | null, index: readonly IndexOp[]): CommitItem => ({ run: RUN, expectedSeq, entryId: `e${expectedSeq}`, fence, events: [event(expectedSeq + 1)], index });

describeOn("postgres", "PostgreSQL: what is large", (url) => {
  const opened: Postgres[] = [];
  const open = async (): Promise<Postgres> => {
    const db = await openPostgres(postgresAt(url));
    opened.push(db);
    return db;
  };
  afterEach(async () => {
    for (const db of opened.splice(0)) {
      await db.write(`DROP SCHEMA ${db.schema} CASCADE`);
      await db[Symbol.asyncDispose]();
    }
  });

  test("a clean-up of much takes all of it, and no commit waits for it", async () => {
    const db = await open();
    const store = createPostgresStore(db);
    await db.write("INSERT INTO blobs SELECT 'h' || n, 'v' FROM generate_series(1, 250) AS n");
    await db.write("INSERT INTO blob_runs VALUES (99, 'h7')");
    await db.write("INSERT INTO spent SELECT 'r' || n, 1, CASE WHEN n = 7 THEN 20 ELSE 5 END FROM generate_series(1, 2500) AS n");
    const row = { run: RUN, flow: "f", hash: "h", admittedAt: 1, status: "completed", waits: [], finishedAt: 2, lane: null, error: null } as const;
    expect(await store.commit([item(-1, null, [{ op: "run.row", row }])])).toEqual(["ok"]);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query("SELECT pg_advisory_lock(hashtext($1))", [db.schema]);
    // As a commit that takes long.
    const commit = db.write("SELECT pg_advisory_xact_lock(hashtext($1))", [db.schema]);
    expect(await store.prune({ before: 10 }, 100, 10)).toBe(1);
    await other.end();
    await commit;
    expect(await db.read("SELECT hash AS left FROM blobs UNION ALL SELECT id FROM spent ORDER BY 1")).toEqual([{ left: RUN }, { left: "h7" }, { left: "r7" }]);
  });

  test("I39: large values of one run that are more than a statement takes come back whole, stay while it has them, and go with it", { timeout: 60_000 }, async () => {
    const db = await open();
    const store = createPostgresStore(db);
    const fence = await store.own(shardOf(RUN), "a");
    expect(await store.commit([item(-1, null, [])])).toEqual(["ok"]);
    const outputs = ["a", "b", "c"].map((letter) => letter.repeat(4 * 1024 * 1024));
    const events = outputs.map((output, at): RunEvent => ({ type: "step.completed", run: RUN, seq: 1 + at, at: 1, path: `p${at}`, data: { attempt: 1, ms: 1, output } }));
    const row = { run: RUN, flow: "f", hash: "h", admittedAt: 1, status: "completed", waits: [], finishedAt: 2, lane: null, error: null } as const;
    const large: CommitItem = { ...item(0, fence, [{ op: "run.row", row }]), events };
    expect(await store.commit([large])).toEqual(["ok"]);
    expect(await store.commit([large])).toEqual(["ok"]);
    const read: unknown[] = [];
    for await (const event of store.read(RUN, 1)) if (event.type === "step.completed") read.push(event.data.output === outputs[event.seq - 1]);
    expect(read).toEqual([true, true, true]);
    const blobs = async (): Promise<number> => Number((await db.read("SELECT count(*) AS n FROM blobs"))[0]?.["n"]);
    await store.prune({ before: 1 }, 9, 10);
    expect(await blobs()).toBe(3);
    await store.prune({ before: 10 }, 9, 10);
    expect(await blobs()).toBe(0);
  });

  test("steps of a commit look up what is theirs also where there was nothing else when their plan was made", async () => {
    const db = await open();
    const store = createPostgresStore(db);
    const fence = await store.own(shardOf(RUN), "a");
    const timer = (seq: number): IndexOp => (seq % 2 === 0 ? { op: "timer.put", path: "p", due: 1 } : { op: "timer.delete", path: "p" });
    let seq = -1;
    const commit = async (): Promise<void> => {
      expect(await store.commit([item(seq, seq < 0 ? null : fence, [timer(seq)])])).toEqual(["ok"]);
      seq += 1;
    };
    await db.write("VACUUM ANALYZE timers");
    // A plan is kept after five of its kind.
    while (seq < 20) await commit();
    await db.write("INSERT INTO timers SELECT n, '', 1, 1 FROM generate_series(1000, 3000) AS n");
    const scans = async (): Promise<number> => {
      await db.write("SELECT pg_stat_force_next_flush()");
      return Number((await db.write("SELECT seq_scan FROM pg_stat_user_tables WHERE relid = 'timers'::regclass"))[0]?.["seq_scan"]);
    };
    const before = await scans();
    while (seq < 30) await commit();
    expect(await scans()).toBe(before);
  });
});
