import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { reserveLog } from "./reserve.js";

/** Moves what was committed from the log to the database, between commits (I40). */
export interface Checkpointer {
  /** After commits, when their answers are out. */
  committed(commits: number): void;
  /** Nothing is asked: time to move all. */
  rest(): void;
}

/** In pages of 4 KB, in the log with a head of 24 bytes each. Small and often: 64 MB at once held up commits for 15–80 ms. */
const PASSIVE_PAGES = 2048;
/** The log up to its checkpoint, and what is committed until that is looked for. */
const RESERVED_BYTES = (PASSIVE_PAGES + 256) * (4096 + 24);
/** A reader has kept the log from starting again for long: wait for it. */
const TRUNCATE_PAGES = 64 * 1024;
/** The log's length is asked for once in so many commits. */
const LOOK_EVERY = 16;

/** Databases whose log shall be empty after the commit that is under way. */
const emptied = new WeakSet<DatabaseSync>();

export const emptyLog = (db: DatabaseSync): void => void emptied.add(db);

/** `check`: throws once the path leads to another file. */
export function checkpointer(db: DatabaseSync, path: string, check: () => void): Checkpointer {
  const length = db.prepare("PRAGMA wal_checkpoint(NOOP)");
  const passive = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  const truncate = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  let commits = 0;
  /** A checkpoint that fails loses nothing and is repeated; the disk's trouble is told by the commits that meet it. */
  const quietly = (act: () => void): void => {
    try {
      act();
    } catch {
      commits += 1;
    }
  };
  /** A disk that has no room for it is not asked again. */
  let hasRoom = true;
  const reserve = (): void => {
    try {
      reserveLog(db, path, RESERVED_BYTES, check);
    } catch (thrown) {
      hasRoom = !isFull(thrown);
      throw thrown;
    }
  };
  return {
    committed(more) {
      const looked = Math.floor(commits / LOOK_EVERY);
      commits += more;
      if (emptied.delete(db)) return quietly(() => void truncate.get());
      if (Math.floor(commits / LOOK_EVERY) === looked) return;
      quietly(() => {
        const { log, checkpointed } = counts(length.get());
        if (log > TRUNCATE_PAGES) truncate.get();
        else if (log - checkpointed > PASSIVE_PAGES) passive.get();
        if (hasRoom) reserve();
      });
    },
    rest() {
      if (commits === 0) return;
      commits = 0;
      quietly(() => void passive.get());
    },
  };
}

const isFull = (thrown: unknown): boolean => thrown instanceof Error && "code" in thrown && (thrown.code === "ENOSPC" || thrown.code === "EDQUOT");

function counts(row: Record<string, SQLOutputValue> | undefined): { readonly log: number; readonly checkpointed: number } {
  return { log: Number(row?.["log"] ?? 0), checkpointed: Number(row?.["checkpointed"] ?? 0) };
}
