import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../../core/message-of.js";
import { cannotWrite } from "../../adapters/sqlite/infra-error.js";
import { lockDatabase } from "../../adapters/sqlite/lock.js";
import { realPath } from "../../adapters/sqlite/real-path.js";

/** Where nobody can say it, as in a folder that is another user's, the runs may well be there: that is told. */
export const isThere = (database: string): boolean => told(database, () => isAt(database));

/** Throws as `flowctl run` would that serves the database, or makes it. */
export function needWritable(database: string): void {
  told(database, () => {
    const real = realPath(database);
    const files = [real, `${real}.lock`, `${real}-wal`, `${real}-shm`];
    for (const file of files) if (isAt(file)) accessSync(file, constants.R_OK | constants.W_OK);
    let folder = dirname(real);
    while (!isAt(folder)) folder = dirname(folder);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
    if (!files.every(isAt)) accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

/** The process that has the file, which may be one that nobody can ask; null where it is free. */
export function holderOf(database: string): number | null {
  const lock = lockDatabase(database);
  if ("heldBy" in lock) return lock.heldBy;
  lock.release();
  return null;
}

const isAt = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

function told<T>(database: string, look: () => T): T {
  try {
    return look();
  } catch (thrown) {
    throw cannotWrite(database, messageOf(thrown));
  }
}
