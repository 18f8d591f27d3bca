import type { CodeEntry, CodeTable } from "./entry.js";

/** Only a run can meet these. */
const met = (title: string, explain: string): CodeEntry => ({ severity: "error", title, explain, bad: "", good: "", from: "run" });

/** The file that keeps journal and topics of the embedded runtime. */
export const FC6_DATABASE: CodeTable = {
  FC6011: met(
    "The disk of the database is full",
    "SQLite could not write, for the disk is full. Where it is that of a backup, only the copy is missing. What was acknowledged is in the file, and nothing was started that is not recorded. Make room; a process that still serves goes on by itself within 30 seconds, and after that `flowctl run` takes the work up where it stood.",
  ),
  FC6012: met(
    "The database cannot be read or written",
    "The operating system reported an error while SQLite read or wrote the file (`SQLITE_IOERR`), or the thread that has it open ended. Look at the disk and its file system. What was acknowledged is safe as far as the disk kept it; start again when it works.",
  ),
  FC6013: met(
    "The database cannot be opened for writing",
    "The file or its folder is not writable for this user, or a part of the path is no folder. The database needs a folder in which it may create files of its own: the log (`-wal`), its index (`-shm`) and the lock (`.lock`). Choose another path or change the permissions.",
  ),
  FC6014: met(
    "The file is no usable flowctl database",
    "The file is not there, is something else than a SQLite database, belongs to another program, or is damaged. flowctl changes nothing in it. Restore it from a backup, or name another path. A `-wal` that is left beside a restored copy is the log of the file before, and damages the copy: remove it with the `-shm`, and put the copy there anew. A new database is made where there is no file.",
  ),
  FC6015: met(
    "The database is of another version of flowctl",
    "A newer version of flowctl has brought the file's layout forward, and this version cannot know what it means: use the newer version, or another path. Or an older version wrote the file, and a command that looks or asks does not bring it forward: the next `flowctl run` does. `flowctl backup` copies an older file as it is, which is the way back.",
  ),
  FC6016: met(
    "Another process works on the database",
    "One process at a time writes to a database: it holds a lock beside the file, which ends with the process, however it ends. The message names the process. End it, or ask it to do the work: `flowctl runs` and `flowctl topics publish` reach the process that serves.",
  ),
};
