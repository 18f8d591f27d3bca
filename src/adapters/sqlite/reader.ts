import { existsSync } from "node:fs";
import { InfraError } from "../../core/errors.js";
import type { StoreReader } from "../../core/ports/store.js";
import { storeReader } from "../store/sqlite/reader.js";
import { openReading } from "./connection.js";
import type { Database } from "./database.js";
import { failureOf } from "./failure.js";
import { infraError } from "./infra-error.js";
import { reads } from "./operations.js";

/** A database beside its owner, or without one: nothing is written, no lock is held between two reads. */
export interface SqliteReader extends StoreReader {
  /** For other readers of the same file (topics). */
  readonly reading: Pick<Database, "read">;
  /** Where the process that serves said it can be reached; it may be gone since. */
  socketPath(): Promise<string | null>;
  /** What takes the room of the file: a second for each GB of it, which holds up nobody. Null for a file where that is long. */
  sizes(): Promise<FileSizes | null>;
}

/** In bytes. */
export interface FileSizes {
  readonly runs: number;
  readonly topics: number;
  /** Used again before the file grows. */
  readonly free: number;
}

/** A larger file is not looked through. */
const MOST_BYTES = 8 * 1024 ** 3;

export async function openSqliteReader(path: string): Promise<SqliteReader> {
  if (!existsSync(path)) throw new InfraError("FC6014", `There is no database \`${path}\`.`, { hint: "The first `flowctl run` makes it." });
  const asking = <T>(act: () => T): T => {
    try {
      return act();
    } catch (thrown) {
      throw thrown instanceof InfraError ? thrown : infraError(path, failureOf(thrown));
    }
  };
  const db = asking(() => openReading(path));
  const table = reads(db);
  const read: Database["read"] = async (name, ...args) => asking(() => Reflect.apply(table[name], undefined, args));
  return {
    ...storeReader({ read, survey: read }),
    reading: { read },
    async socketPath() {
      const row = await read("meta", "socket");
      return typeof row?.["value"] === "string" ? row["value"] : null;
    },
    async sizes() {
      const { page_size: page, pages, free } = asking(() => db.prepare("SELECT page_size, page_count AS pages, freelist_count AS free FROM pragma_page_size, pragma_page_count, pragma_freelist_count").get()) ?? {};
      if (Number(page) * Number(pages) > MOST_BYTES) return null;
      const { runs, topics } = asking(() => db.prepare("SELECT coalesce(sum(pgsize) FILTER (WHERE name NOT LIKE 'bus~_%' ESCAPE '~'), 0) AS runs, coalesce(sum(pgsize) FILTER (WHERE name LIKE 'bus~_%' ESCAPE '~'), 0) AS topics FROM dbstat WHERE aggregate = TRUE").get()) ?? {};
      return { runs: Number(runs), topics: Number(topics), free: Number(page) * Number(free) };
    },
    async [Symbol.asyncDispose]() {
      db.close();
    },
  };
}
