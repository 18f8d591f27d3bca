import type { Store } from "../core/ports/store.js";

/**
 * The durable store in a file, made where there is none: runs survive the process, and those that wait for a person are
 * answered by `flowctl runs` too. One process at a time; rejects with an InfraError where it cannot be used. Dispose of it.
 */
export async function openStore(path: string): Promise<Store> {
  const [{ openDatabase }, { createSqliteStore }] = await Promise.all([import("../adapters/sqlite/database.js"), import("../adapters/store/sqlite.js")]);
  const database = await openDatabase(path);
  const store = createSqliteStore(database);
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      // The file is closed too where its last marks cannot be written.
      await using stack = new AsyncDisposableStack();
      for (const part of [database, store]) stack.use(part);
    },
  };
}
