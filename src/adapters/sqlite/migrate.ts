import type { DatabaseSync } from "node:sqlite";
import { InfraError } from "../../core/errors.js";
import { BUS_TABLES } from "../bus/embedded/tables.js";
import { STORE_TABLES } from "../store/sqlite/tables.js";

/** What brings a file from version n to n + 1; a step that was released is never changed. */
const STEPS: readonly string[] = [STORE_TABLES, BUS_TABLES];

/** This version's layout of the file. */
export const VERSION = STEPS.length;

/** Forward, in one transaction (I38). */
export function migrate(db: DatabaseSync, path: string): void {
  const found = versionOf(db);
  refuseNewer(found, path);
  if (found === VERSION) return;
  db.exec("BEGIN EXCLUSIVE");
  try {
    for (const step of STEPS.slice(found)) db.exec(step);
    db.exec(`PRAGMA user_version=${VERSION}; COMMIT`);
  } catch (thrown) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw thrown;
  }
}

export const versionOf = (db: DatabaseSync): number => Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);

export function refuseNewer(found: number, path: string): void {
  if (found > VERSION)
    throw new InfraError("FC6015", `the database \`${path}\` was written by a newer flowctl (layout ${found}, this one knows ${VERSION})`, { hint: "use the newer flowctl, or another path" });
}
