import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { purge } from "../../../src/adapters/sqlite/purge.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import { folderWith } from "../../support/folder.js";

test("what goes through a whole store is asked of a thread of its own: what a run reads does not wait for it", async () => {
  await using database = await openDatabase(join(folderWith(), "flowctl.db"));
  const store = createSqliteStore(database);
  // The thread that it reads with is there.
  await store.tableRow("t", "k", 1);
  const over: string[] = [];
  const note = async (what: string, asked: Promise<unknown>): Promise<void> => {
    await asked;
    over.push(what);
  };
  const surveys = [
    note("counts", store.counts()),
    note("backlog", store.backlog()),
    note("tables", store.tables(1)),
    note("prunable", store.prunable({ before: 1 })),
    note("prune", store.prune({ before: 1 }, 10, 1)),
    note("purge", purge(database, { flow: "f", key: "k" }, 1)),
  ];
  // Asked behind them.
  await note("read", store.tableRow("t", "k", 1));
  await Promise.all(surveys);
  expect(over[0]).toBe("read");
});
