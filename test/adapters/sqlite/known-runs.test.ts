import { join } from "node:path";
import { expect, test } from "vitest";
import { openWriting } from "../../../src/adapters/sqlite/connection.js";
import { committer } from "../../../src/adapters/store/sqlite/commit.js";
import { encodeItems } from "../../../src/adapters/store/sqlite/items.js";
import { collectGarbage } from "../../support/collect-garbage.js";
import { folderWith } from "../../support/folder.js";
import { textEvent } from "./text-event.js";

const MB = 1024 * 1024;

test("what runs recorded does not stay in memory with the ids of the runs that are known", async () => {
  const db = openWriting(join(folderWith(), "flowctl.db"));
  const commit = committer(db);
  const begin = (at: number): void => {
    const run = `aa${String(at).padStart(24, "b")}`;
    const item = { run, expectedSeq: -1, entryId: "e", fence: null, events: [textEvent(run, 0, "x".repeat(MB))], index: [] };
    // As it comes from another thread.
    expect(commit(structuredClone(encodeItems([item], new WeakMap())), 1)).toBeNull();
  };
  begin(0);
  await collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let at = 1; at <= 32; at += 1) begin(at);
  await collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * MB);
  db.close();
});
