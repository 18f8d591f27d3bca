import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { openSqliteReader } from "../../../src/adapters/sqlite/reader.js";
import { createTopicReader } from "../../../src/adapters/bus/embedded/topic-reader.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import { collect } from "../../support/collect.js";
import { folderWith } from "../../support/folder.js";

/** Files as earlier versions wrote them: runs that completed, failed and wait, a request, a dead letter, topics. */
const LAYOUTS = [2];

function fileOf(layout: number): string {
  const path = join(folderWith(), "flowctl.db");
  writeFileSync(path, gunzipSync(readFileSync(`test/fixtures/store/layout-${layout}.db.gz`)));
  return path;
}

test.each(LAYOUTS)("I38: a file of layout %d that cannot be brought forward to the end stays as it was", async (layout) => {
  const path = fileOf(layout);
  const look = (): unknown => {
    using db = new DatabaseSync(path);
    return [db.prepare("PRAGMA user_version").get(), db.prepare("SELECT name FROM sqlite_schema ORDER BY name").all()];
  };
  {
    using db = new DatabaseSync(path);
    // One of the last steps makes it.
    db.exec("CREATE TABLE snapshots (n)");
  }
  const before = look();
  await expect(openDatabase(path)).rejects.toThrow("snapshots");
  expect(look()).toEqual(before);
});

test.each(LAYOUTS)("I38: a file of layout %d is read and goes on", async (layout) => {
  const path = fileOf(layout);
  await expect(openSqliteReader(path)).rejects.toMatchObject({ code: "FC6015" });
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  const runs = await store.runs({ limit: 10 });
  expect(runs.map(({ status }) => status)).toEqual(["completed", "failed", null, "completed"]);
  const [newest, failed, open] = runs;
  if (newest === undefined || failed === undefined || open === undefined) throw new Error("there are no runs");
  expect((await collect(store.read(newest.run, 0))).at(-1)).toMatchObject({ type: "run.finished", data: { status: "completed", output: { id: "e", receipt: "r-e" } } });
  expect(failed.error).toEqual({ code: "rejected", message: "A person said no" });
  expect(open.waits).toEqual([expect.objectContaining({ kind: "ask", path: "ok", question: "Charge 5000 for b?" })]);
  expect(await store.plan(open.hash)).toMatchObject({ id: "shop", hash: open.hash });
  expect((await store.deadLetters({ limit: 9 })).map(({ letter }) => letter["raw"])).toEqual(['{"id":"d"}']);
  const topics = await createTopicReader(database).topics();
  expect(topics.map(({ topic, messages }) => [topic, messages])).toEqual([["orders", 5], ["paid", 2]]);
  // Retention works on it, and what waits stays.
  expect(await store.prune({ before: Infinity }, 10, 1)).toBe(3);
  expect((await store.runs({ limit: 10 })).map(({ run }) => run)).toEqual([open.run]);
  expect(await store.admittedAt(newest.run)).toBe(newest.admittedAt);
  await using reader = await openSqliteReader(path);
  expect(await reader.counts()).toMatchObject({ parked: 1, ended: 0, deadLetters: 1 });
});
