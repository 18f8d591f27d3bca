import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { InfraError } from "../../core/errors.js";
import type { StoreReader } from "../../core/ports/store.js";
import { storeReader } from "../store/sqlite/reader.js";
import { openReading } from "./connection.js";
import type { Database } from "./database.js";
import { failureOf } from "./failure.js";
import { infraError } from "./infra-error.js";
import { refuseNewer, versionOf } from "./migrate.js";
import { reads } from "./operations.js";

/** A database beside its owner, or without one: nothing is written, no lock is held between two reads. */
export interface SqliteReader extends StoreReader {
  /** For other readers of the same file (topics). */
  readonly reading: Pick<Database, "read">;
  /** Where the process that serves said it can be reached; it may be gone since. */
  socketPath(): Promise<string | null>;
}

export async function openSqliteReader(path: string): Promise<SqliteReader> {
  if (!existsSync(path)) throw new InfraError("FC6014", `there is no database \`${path}\``, { hint: "it is made by the first `flowctl run`; another path is given by `store:` in flowctl.yaml" });
  const asking = <T>(act: () => T): T => {
    try {
      return act();
    } catch (thrown) {
      throw infraError(path, failureOf(thrown));
    }
  };
  const db: DatabaseSync = asking(() => openReading(path));
  const table = asking(() => {
    try {
      refuseNewer(versionOf(db), path);
      return reads(db);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
  const read: Database["read"] = async (name, ...args) => asking(() => Reflect.apply(table[name], undefined, args));
  return {
    ...storeReader({ read }),
    reading: { read },
    async socketPath() {
      const row = await read("meta", "socket");
      return typeof row?.["value"] === "string" ? row["value"] : null;
    },
    async [Symbol.asyncDispose]() {
      db.close();
    },
  };
}
