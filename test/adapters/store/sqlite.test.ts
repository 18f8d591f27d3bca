import { join } from "node:path";
import { type Database, openDatabase } from "../../../src/adapters/sqlite/database.js";
import { ALONE } from "../../../src/adapters/sqlite/inline.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import type { Store } from "../../../src/core/ports/store.js";
import { storeConformance } from "../../conformance/store.js";
import { folderWith } from "../../support/folder.js";

const stored = (database: Database): Store => {
  const store = createSqliteStore(database);
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
};
const opened = () => openDatabase(join(folderWith(), "flowctl.db"));

storeConformance("sqlite", async () => stored(await opened()));

storeConformance("sqlite, commits on the caller's thread", async () => {
  const database = await opened();
  for (let alone = 0; alone < ALONE; alone += 1) await database.commit({ texts: [""], numbers: new Float64Array() }, 0);
  return stored(database);
});
