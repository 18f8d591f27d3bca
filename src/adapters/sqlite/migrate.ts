import type { DatabaseSync } from "node:sqlite";
import { InfraError } from "../../core/errors.js";
import { notOurs, Unmade } from "./infra-error.js";
import { BUS_TABLES } from "../bus/embedded/tables.js";
import { BLOB_TABLES, BODY_TABLES, BUDGET_TABLES, LOCK_TABLES, ORIGIN_TABLES, PRUNE_TABLES, ROW_TABLES, SNAPSHOT_TABLES, STORE_TABLES, UNSENT_INDEX, WAITER_TABLES } from "../store/sqlite/tables.js";

/** What brings a file from version n to n + 1; a step that was released is never changed. */
const STEPS: readonly string[] = [STORE_TABLES, BUS_TABLES, PRUNE_TABLES, BLOB_TABLES, WAITER_TABLES, ROW_TABLES, BUDGET_TABLES, LOCK_TABLES, ORIGIN_TABLES, BODY_TABLES, SNAPSHOT_TABLES, UNSENT_INDEX];

/** This version's layout of the file. */
const VERSION = STEPS.length;

/** "flow": SQLite's own mark for whose file it is. */
const APPLICATION = 0x666c6f77;

/** Forward, in one transaction (I38). The file was identified before. */
export function migrate(db: DatabaseSync): void {
  const found = setting(db, "user_version");
  if (found === VERSION) return;
  db.exec("BEGIN EXCLUSIVE");
  try {
    for (const step of STEPS.slice(found)) db.exec(step);
    db.exec(`PRAGMA application_id=${APPLICATION}; PRAGMA user_version=${VERSION}; COMMIT`);
  } catch (thrown) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw thrown;
  }
}

/** Reads header and schema, and changes nothing: throws for a file that is not ours, is newer, or cannot be read. */
export function identify(db: DatabaseSync, path: string): void {
  const tables = Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]);
  const version = setting(db, "user_version");
  if (tables === 0 && version === 0) return;
  if (setting(db, "application_id") !== APPLICATION) throw notOurs(path, "it is the database of another program");
  if (version > VERSION)
    throw new InfraError("FC6015", `The database \`${path}\` is of a newer flowctl: it has layout ${version}, this version knows ${VERSION}.`, { hint: "Use the newer version, or another path." });
}

/** What only reads makes no file: throws where it has no layout yet. */
export function needMade(db: DatabaseSync, path: string): void {
  if (setting(db, "user_version") === 0) throw new Unmade(path, "it is empty");
}

/** What only reads cannot bring a file forward: throws unless it has this version's layout. */
export function needCurrent(db: DatabaseSync, path: string): void {
  needMade(db, path);
  if (setting(db, "user_version") < VERSION)
    throw new InfraError("FC6015", `The database \`${path}\` is of an older flowctl.`, { hint: "The next `flowctl run` on it brings it forward. What leads back is `flowctl backup` before that." });
}

const setting = (db: DatabaseSync, name: "user_version" | "application_id"): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
