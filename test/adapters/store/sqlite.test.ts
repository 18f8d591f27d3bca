import { join } from "node:path";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { createSqliteStore } from "../../../src/adapters/store/sqlite.js";
import { storeConformance } from "../../conformance/store.js";
import { folderWith } from "../../support/folder.js";

storeConformance("sqlite", async () => {
  const database = await openDatabase(join(folderWith(), "flowctl.db"));
  const store = createSqliteStore(database);
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
});
