import { DatabaseSync } from "node:sqlite";
import { closeSync, copyFileSync, openSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openWriting } from "../../../src/adapters/sqlite/connection.js";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { infraError } from "../../../src/adapters/sqlite/infra-error.js";
import { openSqliteReader } from "../../../src/adapters/sqlite/reader.js";
import { createTransaction } from "../../../src/adapters/sqlite/transaction.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import { encodeItems } from "../../../src/adapters/store/sqlite/items.js";
import { storeWrites } from "../../../src/adapters/store/sqlite/writes.js";
import { folderWith } from "../../support/folder.js";
import { textEvent } from "./text-event.js";

test("a full disk: the items are refused together, and committed once when there is room", () => {
  const path = join(folderWith(), "flowctl.db");
  const db = openWriting(path);
  const writes = storeWrites(db);
  const transaction = createTransaction(db);
  const items = ["aaa", "aab"].map((run) => ({ run, expectedSeq: -1, entryId: run, fence: null, events: [textEvent(run, 0, run.padEnd(100_000, "x"))], index: [] }));
  const commit = () => transaction([{ id: 1, act: () => writes.commit(encodeItems(items, new WeakMap()), items.length) }]);
  db.exec(`PRAGMA max_page_count=${Number(db.prepare("PRAGMA page_count").get()?.["page_count"]) + 15}`);
  const [refused] = commit();
  if (refused === undefined || !("failure" in refused)) throw new Error("the disk was not full");
  expect(infraError(path, refused.failure)).toMatchObject({ code: "FC6011", message: `The disk of the database \`${path}\` is full.` });
  expect(db.prepare("SELECT count(*) AS n FROM runs").get()).toEqual({ n: 0 });
  db.exec("PRAGMA max_page_count=100000");
  expect(commit()).toEqual([{ id: 1, result: null }]);
  expect(commit()).toEqual([{ id: 1, result: null }]);
  expect(db.prepare("SELECT count(*) AS n FROM journal").get()).toEqual({ n: 2 });
  db.close();
});

test("a path that leads below a file cannot be written", async () => {
  const folder = folderWith({ "file.txt": "" });
  await expect(openDatabase(join(folder, "file.txt", "flowctl.db"))).rejects.toMatchObject({ code: "FC6013", message: expect.stringMatching(/^The database `.*` cannot be written: /) });
});

test("a folder that takes no files cannot be written", async () => {
  await expect(openDatabase("/proc/self/flowctl.db")).rejects.toMatchObject({ code: "FC6013" });
});

test("a folder that can be made nowhere is told, and waited for by nobody", async () => {
  await expect(openDatabase("/proc/nowhere/below/flowctl.db")).rejects.toMatchObject({ code: "FC6013" });
});

test("a file that is removed or replaced under its owner takes nothing more, whatever SQLite would say", async () => {
  for (const replace of [false, true]) {
    const path = await made();
    await using database = await openDatabase(path);
    const store = createSqliteStore(database);
    if (replace) {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    } else rmSync(dirname(path), { recursive: true });
    const commit = store.commit([{ run: "aanew", expectedSeq: -1, entryId: "n", fence: null, events: [textEvent("aanew", 0, "text")], index: [] }]);
    await expect(commit).rejects.toMatchObject({ code: "FC6012", message: expect.stringContaining(replace ? "was replaced while" : "was removed while") });
  }
});

test("a file that is no database is refused and left as it is", async () => {
  const path = join(folderWith({ "flowctl.db": "flowctl: v1\n".repeat(100) }), "flowctl.db");
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6014", message: expect.stringContaining("file is not a database") });
  await expect(openSqliteReader(path)).rejects.toMatchObject({ code: "FC6014" });
  expect(readFileSync(path, "utf8")).toBe("flowctl: v1\n".repeat(100));
});

test("a file that was emptied keeps its log, in which the last commits stand", async () => {
  const path = await made();
  await using database = await openDatabase(path);
  await createSqliteStore(database).commit([{ run: "aalast", expectedSeq: -1, entryId: "n", fence: null, events: [textEvent("aalast", 0, "text")], index: [] }]);
  const cut = join(folderWith({ "flowctl.db": "" }), "flowctl.db");
  copyFileSync(`${path}-wal`, `${cut}-wal`);
  const refused = { code: "FC6014", message: expect.stringContaining("it is empty, and its log is not"), hint: expect.stringContaining("Restore it from a backup") };
  await expect(openSqliteReader(cut)).rejects.toMatchObject(refused);
  await expect(openDatabase(cut)).rejects.toMatchObject(refused);
  expect(readFileSync(`${cut}-wal`)).toEqual(readFileSync(`${path}-wal`));
});

test("a file whose making was cut off is no damaged one: the next owner makes it", async () => {
  const folder = folderWith({ "empty.db": "" });
  const making = new DatabaseSync(join(folder, "making.db"));
  making.exec("PRAGMA cache_size=1; CREATE TABLE t (v); BEGIN; INSERT INTO t VALUES (zeroblob(100000)), (zeroblob(100000)); UPDATE t SET v = zeroblob(150000)");
  for (const end of ["", "-journal"]) copyFileSync(join(folder, `making.db${end}`), join(folder, `cut.db${end}`));
  making.close();
  for (const [name, why] of [["empty.db", "it is empty"], ["cut.db", "making it was cut off"]] as const) {
    await expect(openSqliteReader(join(folder, name))).rejects.toMatchObject({ code: "FC6014", message: expect.stringContaining(why), hint: expect.stringContaining("The next `flowctl run` makes it one.") });
  }
  await (await openDatabase(join(folder, "empty.db")))[Symbol.asyncDispose]();
  await (await openSqliteReader(join(folder, "empty.db")))[Symbol.asyncDispose]();
});

test("the database of another program is refused and left as it is", async () => {
  const path = join(folderWith(), "other.db");
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE runs (id)");
  other.close();
  const before = readFileSync(path);
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6014", message: expect.stringContaining("another program") });
  expect(readFileSync(path)).toEqual(before);
});

test("a database of a newer version is refused, also for reading", async () => {
  const path = await made();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version=999");
  db.close();
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6015", message: expect.stringContaining("it has layout 999") });
  await expect(openSqliteReader(path)).rejects.toMatchObject({ code: "FC6015" });
});

test("damage is told where it is met", async () => {
  const path = await made();
  const db = new DatabaseSync(path, { readOnly: true });
  const { page, root } = db.prepare("SELECT page_size AS page, rootpage AS root FROM sqlite_schema, pragma_page_size WHERE name = 'sqlite_autoindex_runs_1'").get() ?? {};
  db.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(Number(page), 0xff), 0, Number(page), (Number(root) - 1) * Number(page));
  closeSync(file);
  await using reader = await openSqliteReader(path);
  await expect(reader.run("aarun")).rejects.toMatchObject({ code: "FC6014", message: expect.stringContaining("malformed") });
});

test("a file that was cut off is damaged", async () => {
  const path = await made();
  truncateSync(path, 8192 * 3);
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6014" });
});

test("there is nothing to read where there is no file, or an empty one", async () => {
  const folder = folderWith();
  await expect(openSqliteReader(join(folder, "none.db"))).rejects.toMatchObject({ code: "FC6014", message: expect.stringContaining("There is no database") });
  writeFileSync(join(folder, "empty.db"), "");
  await expect(openSqliteReader(join(folder, "empty.db"))).rejects.toMatchObject({ code: "FC6014" });
});

/** A database with one run in it. */
async function made(): Promise<string> {
  const path = join(folderWith(), "flowctl.db");
  await using database = await openDatabase(path);
  await createSqliteStore(database).commit([{ run: "aarun", expectedSeq: -1, entryId: "e", fence: null, events: [textEvent("aarun", 0, "text")], index: [] }]);
  return path;
}
