import { closeSync, existsSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { InfraError } from "../../core/errors.js";
import { openToCopy } from "./connection.js";
import { failureOf, SQLITE, type SqliteFailure } from "./failure.js";
import { cannotWrite, infraError } from "./infra-error.js";

/**
 * Copies one state of the database into a new file, beside whoever serves it; gives the copy's bytes. SQLite's backup
 * interface would begin again with each commit of the owner; `VACUUM INTO` reads one snapshot. The file is there whole or not at all.
 */
export function backup(path: string, to: string): number {
  if (existsSync(to)) throw cannotWrite(to, "it is there already", "Name a file that is not there yet.");
  using source = reading(path);
  try {
    // A folder of its own: another copy to the same place, and what a cut-off one has left there, are no part of this one.
    const folder = mkdtempSync(`${to}.part-`);
    try {
      const part = join(folder, basename(to));
      // Messages and prompts are in it: it is this user's from its first byte on.
      closeSync(openSync(part, "w", 0o600));
      copy(source, part);
      sync(part);
      renameSync(part, to);
      sync(dirname(to));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return statSync(to).size;
  } catch (thrown) {
    throw copyError(path, to, failureOf(thrown));
  }
}

/** Which of the two files it is about, and what to do. */
export function copyError(path: string, to: string, failure: SqliteFailure): Error {
  if (failure.result === SQLITE.CORRUPT || failure.result === SQLITE.NOTADB) return infraError(path, failure);
  if (failure.result === SQLITE.FULL) return new InfraError("FC6011", `The disk of the backup \`${to}\` is full.`, { hint: "Make room there, or name a file on another disk. The database is as it was." });
  return cannotWrite(to, failure.message);
}

function copy(source: DatabaseSync, part: string): void {
  source.prepare("VACUUM INTO ?").run(part);
  using made = new DatabaseSync(part);
  // The copy does not name the socket of the process that serves the original.
  made.exec("PRAGMA journal_mode=MEMORY; UPDATE meta SET value = NULL WHERE key = 'socket'");
}

function reading(path: string): DatabaseSync {
  try {
    return openToCopy(path);
  } catch (thrown) {
    throw infraError(path, failureOf(thrown));
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
