import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { failureOf, SQLITE } from "./failure.js";
import { notOurs, Unmade } from "./infra-error.js";
import { identify, migrate, needCurrent, needMade } from "./migrate.js";

/** A commit of one step changes three pages: of 8 KB each it takes a third longer. Three entries with 1 KB of output fill one. Fixed, like `auto_vacuum`, once the file has tables. */
const PAGE_BYTES = 4096;
const CACHE_KIB = 64 * 1024;
const BESIDE_CACHE_KIB = 4 * 1024;
/** Only while another program has the file for a moment (a backup, a last close): the owner lock keeps writers away. */
const BUSY_MS = 5000;

/** The owner's connection: each commit is on disk when it returns; checkpoints are asked for (I40). What is deleted does not stay readable in pages that are written anyway. */
export function openWriting(path: string): DatabaseSync {
  keepLog(path);
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    identify(db, path);
    db.exec(`PRAGMA page_size=${PAGE_BYTES}; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-${CACHE_KIB}; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=FAST`);
    migrate(db);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** A second one of the owner, where the first is open: for commits of a few pages, by a thread that must not wait for other programs. */
export function openBeside(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 0 });
  db.exec(`PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-${BESIDE_CACHE_KIB}; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=FAST`);
  return db;
}

/** A connection beside the owner's, in its process or another. */
export const openReading = (path: string): DatabaseSync => openBesideOwner(path, needCurrent);

/** For a copy of the file as it is: also of an older layout, for the copy is what goes back to the version that wrote it. */
export const openToCopy = (path: string): DatabaseSync => openBesideOwner(path, needMade);

function openBesideOwner(path: string, need: (db: DatabaseSync, path: string) => void): DatabaseSync {
  keepLog(path);
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  try {
    identify(db, path);
    need(db, path);
    return db;
  } catch (thrown) {
    db.close();
    // A journal beside it is from before the file has its log: only who writes can roll back what was cut off there.
    throw failureOf(thrown).result === SQLITE.READONLY && existsSync(`${path}-journal`) ? new Unmade(path, "making it was cut off") : thrown;
  }
}

/** SQLite removes the log of an empty file, and with it what may stand there alone. One that is being made has its first page before its log. */
function keepLog(path: string): void {
  const bytes = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.size;
  if (bytes(path) === 0 && (bytes(`${path}-wal`) ?? 0) > 0) throw notOurs(path, "it is empty, and its log is not");
}
