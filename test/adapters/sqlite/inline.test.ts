import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type Database, openDatabase } from "../../../src/adapters/sqlite/database.js";
import { ALONE, inlineCommits, TOLD } from "../../../src/adapters/sqlite/inline.js";
import { encodeItems } from "../../../src/adapters/store/sqlite/items.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import { collect } from "../../support/collect.js";
import { folderWith } from "../../support/folder.js";
import { textEvent } from "./text-event.js";

const RUN = "aarun";
const item = (seq: number) => ({ run: RUN, expectedSeq: seq - 1, entryId: `e${seq}`, fence: null, events: [textEvent(RUN, seq, `text ${seq}`)], index: [] });

/** A file, and its commits on this thread beside a thread that is as `idle` says and makes none. */
async function beside(idle: () => boolean) {
  const path = join(folderWith(), "flowctl.db");
  const database = await openDatabase(path);
  const told: number[] = [];
  let there = 0;
  const commits = inlineCommits(
    path,
    { call: () => Promise.reject(new Error("not asked")), idle, committed: async (count) => void told.push(count), close: () => Promise.resolve() },
    async () => {
      there += 1;
      return null;
    },
  );
  const commit = (seq: number) => commits.commit(encodeItems([item(seq)], new WeakMap()), 1);
  return { path, database, commits, commit, told, there: () => there, [Symbol.asyncDispose]: () => (commits.close(), database[Symbol.asyncDispose]()) };
}

const seqs = async (database: Database) => (await collect(createSqliteStore(database).read(RUN, 0))).map(({ seq }) => seq);

test("commits are made here once they have come alone for a while, and not when two are asked for at once", async () => {
  let idle = true;
  await using file = await beside(() => idle);
  const takes = () => file.commits.takes(1);
  expect(Array.from({ length: ALONE + 1 }, takes)).toEqual([...Array.from({ length: ALONE }, () => false), true]);
  expect(file.commits.takes(100)).toBe(false);
  idle = false;
  expect(takes()).toBe(false);
  idle = true;
  expect(Array.from({ length: ALONE + 1 }, takes)).toEqual([...Array.from({ length: ALONE }, () => false), true]);
});

test("a commit that is asked for while one is made here does not come alone", async () => {
  await using file = await beside(() => true);
  const takes = () => file.commits.takes(1);
  for (let alone = 0; alone < ALONE; alone += 1) takes();
  expect(takes()).toBe(true);
  const first = file.commit(0);
  expect(takes()).toBe(false);
  await first;
});

test("what is committed here the other threads see, and go on from", async () => {
  const path = join(folderWith(), "flowctl.db");
  await using database = await openDatabase(path);
  const store = createSqliteStore(database);
  const rounds = 5;
  let seq = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (let alone = 0; alone < ALONE * 4; alone += 1) expect(await store.commit([item(seq++)])).toEqual(["ok"]);
    expect(await seqs(database)).toHaveLength(seq);
    expect(await Promise.all([store.commit([item(seq++)]), store.commit([item(seq++)])])).toEqual([["ok"], ["ok"]]);
  }
  expect(await store.commit([item(3), { ...item(3), entryId: "other" }])).toEqual(["ok", "conflict"]);
  expect(await seqs(database)).toEqual(Array.from({ length: seq }, (_, at) => at));
});

test("the thread that moves the log hears of the commits", async () => {
  await using file = await beside(() => true);
  for (let seq = 0; seq < TOLD * 2 + 8; seq += 1) expect(await file.commit(seq)).toBeNull();
  expect(file.told).toEqual([TOLD, TOLD]);
  expect(await seqs(file.database)).toHaveLength(TOLD * 2 + 8);
});

test("a file that another program holds is left to the thread that can wait, and this one does not stand still", async () => {
  await using file = await beside(() => true);
  await file.commit(0);
  const other = new DatabaseSync(file.path);
  other.exec("BEGIN IMMEDIATE");
  await file.commit(1);
  expect(file.there()).toBe(1);
  other.exec("ROLLBACK");
  other.close();
  await file.commit(1);
  expect(file.there()).toBe(1);
  expect(await seqs(file.database)).toEqual([0, 1]);
});

test("a file that was replaced takes nothing more from here either", async () => {
  await using file = await beside(() => true);
  await file.commit(0);
  copyFileSync(file.path, `${file.path}.copy`);
  renameSync(`${file.path}.copy`, file.path);
  await expect(file.commit(1)).rejects.toMatchObject({ code: "FC6012", message: expect.stringContaining("was replaced while") });
});
