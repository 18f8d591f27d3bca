import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { reserveLog } from "../../../src/adapters/sqlite/reserve.js";
import { folderWith } from "../../support/folder.js";

const BYTES = 400_000;
const there = (): void => undefined;

const logOf = (path: string): number => statSync(`${path}-wal`).size;

function opened(): { readonly path: string; readonly db: DatabaseSync; add(count: number): void; afterCrash(): readonly unknown[] } {
  const folder = folderWith();
  const path = join(folder, "a.db");
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (n INTEGER PRIMARY KEY, x BLOB)");
  let copies = 0;
  return {
    path,
    db,
    add(count) {
      for (let at = 0; at < count; at += 1) db.exec("INSERT INTO t (x) VALUES (randomblob(500))");
    },
    /** What is there for who finds the files as they are now. */
    afterCrash() {
      const copy = join(folder, `copy-${(copies += 1)}`);
      mkdirSync(copy);
      for (const end of ["", "-wal"]) copyFileSync(`${path}${end}`, join(copy, `a.db${end}`));
      using found = new DatabaseSync(join(copy, "a.db"));
      return Object.values({ ...found.prepare("SELECT count(*) AS n, (SELECT integrity_check FROM pragma_integrity_check) AS ok FROM t").get() });
    },
  };
}

test("a log that is made longer loses nothing: before its first round, in it, and when it begins anew", () => {
  const { path, db, add, afterCrash } = opened();
  add(10);
  reserveLog(db, path, BYTES, there);
  expect(logOf(path)).toBe(BYTES);
  expect(afterCrash()).toEqual([10, "ok"]);
  add(20);
  expect(logOf(path)).toBe(BYTES);
  expect(afterCrash()).toEqual([30, "ok"]);
  db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  add(5);
  expect(afterCrash()).toEqual([35, "ok"]);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  expect(logOf(path)).toBe(0);
  reserveLog(db, path, BYTES, there);
  expect(afterCrash()).toEqual([35, "ok"]);
  add(1);
  expect(afterCrash()).toEqual([36, "ok"]);
  expect(logOf(path)).toBe(BYTES);
  db.close();
});

test("not while somebody writes", () => {
  const { path, db, add } = opened();
  add(1);
  using beside = new DatabaseSync(path, { timeout: 0 });
  db.exec("BEGIN IMMEDIATE");
  add(1);
  const before = logOf(path);
  expect(() => reserveLog(beside, path, BYTES, there)).toThrow("database is locked");
  expect(beside.isTransaction).toBe(false);
  db.exec("COMMIT");
  expect(logOf(path)).toBeLessThan(BYTES);
  expect(logOf(path)).toBeGreaterThanOrEqual(before);
  db.close();
});

test("not where the path leads to another database", () => {
  const { path, db, add } = opened();
  add(1);
  const before = logOf(path);
  const gone = (): never => {
    throw new Error("it was replaced");
  };
  expect(() => reserveLog(db, path, BYTES, gone)).toThrow("it was replaced");
  expect([logOf(path), db.isTransaction]).toEqual([before, false]);
  db.close();
});

test("a database at work has its log made long, and a process of a moment does not", async () => {
  const path = join(folderWith(), "a.db");
  await using database = await openDatabase(path);
  await database.setSocketPath("a");
  expect(logOf(path)).toBeLessThan(1 << 20);
  for (let at = 0; at < 20; at += 1) await database.setSocketPath(String(at));
  // What is asked next comes behind the checkpoint.
  expect(logOf(path)).toBeGreaterThan(8 << 20);
});
