import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { InfraError } from "../../core/errors.js";
import { openReading } from "./connection.js";
import { failureOf } from "./failure.js";
import { cannotWrite, infraError } from "./infra-error.js";

/**
 * Copies one state of the database into a new file, beside whoever serves it; gives the copy's bytes. SQLite's backup
 * interface would begin again with each commit of the owner; `VACUUM INTO` reads one snapshot. The file is there whole or not at all.
 */
export function backup(path: string, to: string): number {
  if (existsSync(to)) throw cannotWrite(to, "it is there already", "Name a file that is not there yet.");
  const part = `${to}.part`;
  try {
    // Messages and prompts are in it: it is this user's from its first byte on.
    closeSync(openSync(part, "w", 0o600));
    copy(path, part);
    sync(part);
    renameSync(part, to);
    sync(dirname(to));
    return statSync(to).size;
  } catch (thrown) {
    rmSync(part, { force: true });
    if (thrown instanceof InfraError) throw thrown;
    throw cannotWrite(to, failureOf(thrown).message);
  }
}

function copy(path: string, part: string): void {
  using source = reading(path);
  source.prepare("VACUUM INTO ?").run(part);
  using made = new DatabaseSync(part);
  // The copy does not name the socket of the process that serves the original.
  made.exec("PRAGMA journal_mode=MEMORY; UPDATE meta SET value = NULL WHERE key = 'socket'");
}

function reading(path: string): DatabaseSync {
  try {
    return openReading(path);
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
