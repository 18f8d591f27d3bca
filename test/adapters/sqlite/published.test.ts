import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import { shardPrefix } from "../../../src/core/run-id.js";
import { folderWith } from "../../support/folder.js";

test("a mark that the file did not take is known as long as the process lives: what is published is not published again", async () => {
  await using database = await openDatabase(join(folderWith(), "flowctl.db"));
  const store = createSqliteStore({ ...database, later: () => Promise.reject(new Error("disk full")) });
  const run = `${shardPrefix(3)}run`;
  const index = ["m1", "m2"].map((id) => ({ op: "outbox.put", message: { topic: "t", key: null, id, headers: {}, body: "{}" } }) as const);
  await store.commit([{ run, expectedSeq: -1, entryId: "e", fence: null, events: [{ type: "run.started", run, seq: 0, at: 0, data: { now: 0 } }], index }]);
  await store.published(3, ["m1"]);
  const left = async (): Promise<string[]> => (await store.outbox(3, 1)).map(({ message }) => message.id);
  expect(await left()).toEqual(["m2"]);
  await store[Symbol.asyncDispose]();
  expect(await left()).toEqual(["m2"]);
});
