import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { openSqliteReader } from "../../../src/adapters/sqlite/reader.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import type { StoreReader } from "../../../src/core/ports/store.js";
import { collect } from "../../support/collect.js";
import { folderWith } from "../../support/folder.js";
import { appending } from "./child.js";

const RUN = "aarun";

test("what a process committed is there after kill -9, and its lock is free (I24)", async () => {
  const path = join(folderWith(), "flowctl.db");
  const { child, lines } = appending(path, RUN);
  let acknowledged = -1;
  for await (const line of lines) {
    acknowledged = Number(line);
    if (acknowledged === 50) child.kill("SIGKILL");
  }
  await using reader = await openSqliteReader(path);
  const beside = await seqs(reader);
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  expect(await seqs(store)).toEqual(beside);
  expect(beside).toEqual(Array.from(beside.keys()));
  expect(beside.length).toBeGreaterThan(acknowledged);
  expect((await store.own(0, "next")).epoch).toBe(2);
});

test("while it lives, others read what it commits, cannot own the file, and are told who does", async () => {
  const path = join(folderWith(), "flowctl.db");
  const { child, lines } = appending(path, RUN);
  const printed = lines[Symbol.asyncIterator]();
  await printed.next();
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6016", message: expect.stringContaining(`process ${String(child.pid)} `) });
  await using reader = await openSqliteReader(path);
  expect(await reader.socketPath()).toBe("/run/socket");
  const before = await seqs(reader);
  const { value } = await printed.next();
  const after = await seqs(reader);
  expect(after.length).toBeGreaterThan(Number(value));
  expect(after.slice(0, before.length)).toEqual(before);
  // It asked and went away: the owner still has its lock.
  await expect(openDatabase(path)).rejects.toMatchObject({ code: "FC6016" });
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await openDatabase(path))[Symbol.asyncDispose]();
});

test("a file that may not grow is an I/O error in one sentence, and loses nothing", async () => {
  const path = join(folderWith(), "flowctl.db");
  const { lines } = appending(path, RUN, { blocks: 1000, characters: 5000 });
  const said = await collect(lines);
  expect(said.at(-1)).toMatch(/^FC6012 Reading or writing the database `.*flowctl\.db` failed: disk I\/O error\.$/);
  await using database = await openDatabase(path);
  expect(await seqs(createSqliteStore(database))).toEqual(said.slice(0, -1).map(Number));
});

async function seqs(reader: StoreReader): Promise<readonly number[]> {
  return (await collect(reader.read(RUN, 0))).map(({ seq }) => seq);
}
