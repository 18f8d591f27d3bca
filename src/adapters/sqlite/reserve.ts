import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

const ZEROS = Buffer.alloc(1 << 20);

/**
 * Makes the log so long ahead of its use, once it is shorter. To sync what makes a file longer writes the file system's
 * own journal too: on ext4 a commit takes two to three times as long as one that overwrites what is there. SQLite begins
 * a log anew at its front, and takes zeros behind its last frame for its end.
 *
 * In a transaction, so that nobody writes to the log meanwhile, and `check` says that this is the log of that database.
 * Locks of SQLite are on its other files: to close this one gives up none.
 */
export function reserveLog(db: DatabaseSync, path: string, bytes: number, check: () => void): void {
  const log = `${path}-wal`;
  const there = statSync(log, { throwIfNoEntry: false });
  if (there === undefined || there.size >= bytes) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    check();
    lengthen(log, bytes);
  } finally {
    db.exec("ROLLBACK");
  }
}

function lengthen(log: string, bytes: number): void {
  const file = openSync(log, "r+");
  try {
    const { size } = fstatSync(file);
    try {
      for (let at = size; at < bytes; at += ZEROS.length) writeSync(file, ZEROS, 0, Math.min(ZEROS.length, bytes - at), at);
      fsyncSync(file);
    } catch (thrown) {
      // A disk that is nearly full has it back.
      ftruncateSync(file, size);
      throw thrown;
    }
  } finally {
    closeSync(file);
  }
}
