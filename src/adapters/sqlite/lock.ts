import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { failureOf, SQLITE } from "./failure.js";
import { infraError } from "./infra-error.js";
import { realPath } from "./real-path.js";

/** While it is held no other process works on the database; the end of the process ends it, however it comes (I24). */
export interface OwnerLock {
  release(): void;
}

/** Where SQLite's file header keeps `user_version`, and there the holder's pid. https://www.sqlite.org/fileformat2.html */
const PID_AT = 60;

/** Locks held by this process, by the lock file's own path. */
const held = new Set<string>();

/** SQLite's own lock on a file beside the database: no pid file that a crash leaves behind. */
export function lockDatabase(path: string): OwnerLock | { readonly heldBy: number } {
  // Through a link it is the same database.
  const file = `${realPath(path)}.lock`;
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
  } catch (thrown) {
    throw infraError(path, failureOf(thrown));
  }
  try {
    // In this mode a connection keeps its lock after the transaction, and no journal is left on the disk.
    db.exec(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; BEGIN EXCLUSIVE; PRAGMA user_version=${process.pid}; COMMIT`);
  } catch (thrown) {
    db.close();
    const failure = failureOf(thrown);
    if (failure.result !== SQLITE.BUSY) throw infraError(path, failure);
    return { heldBy: holder(file) };
  }
  const real = realpathSync(file);
  held.add(real);
  return {
    release() {
      held.delete(real);
      db.close();
    },
  };
}

/** Read beside SQLite, which lets nobody in; not in the holder's own process, where closing the file would free it. */
function holder(file: string): number {
  if (held.has(realpathSync(file))) return process.pid;
  const bytes = Buffer.alloc(4);
  const opened = openSync(file, "r");
  try {
    readSync(opened, bytes, 0, 4, PID_AT);
  } finally {
    closeSync(opened);
  }
  return bytes.readUInt32BE();
}
