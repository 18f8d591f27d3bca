import type { DatabaseSync } from "node:sqlite";
import { busReads } from "../bus/embedded/reads.js";
import { busWrites } from "../bus/embedded/writes.js";
import { storeReads } from "../store/sqlite/reads.js";
import { storeWrites } from "../store/sqlite/writes.js";

/**
 * What can be asked of the thread that writes, by name: each runs inside a transaction that it shares with others, is
 * rolled back alone when it throws, and gives what can be cloned. A group prepares its statements once.
 */
export const writes = (db: DatabaseSync) => ({ ...storeWrites(db), ...busWrites(db) });

/** What can be asked of a connection that only reads: each is one transaction, and must end within a second (I40), but for what goes through all rows of a kind (`survey`). */
export const reads = (db: DatabaseSync) => ({ ...storeReads(db), ...busReads(db) });

export type Writes = ReturnType<typeof writes>;
export type Reads = ReturnType<typeof reads>;
