import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { cannotWrite } from "../../adapters/sqlite/infra-error.js";

/** Where nobody can say it, as in a folder that is another user's, the runs may well be there: that is told. */
export const isThere = (database: string): boolean => told(database, () => isAt(database));

/** Throws as `flowctl run` would that serves the database, or makes it. */
export function needWritable(database: string): void {
  told(database, () => {
    const files = [database, `${database}.lock`, `${database}-wal`, `${database}-shm`];
    for (const file of files) if (isAt(file)) accessSync(file, constants.R_OK | constants.W_OK);
    let folder = dirname(database);
    while (!isAt(folder)) folder = dirname(folder);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
    if (!files.every(isAt)) accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

const isAt = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

function told<T>(database: string, look: () => T): T {
  try {
    return look();
  } catch (thrown) {
    throw cannotWrite(database, thrown instanceof Error ? thrown.message : String(thrown));
  }
}
