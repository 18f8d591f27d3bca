import { type Commit, committer } from "../store/sqlite/commit.js";
import { openBeside } from "./connection.js";
import { failureOf, SQLITE } from "./failure.js";
import { infraError } from "./infra-error.js";
import type { Answer } from "./protocol.js";
import { stillThere } from "./still-there.js";
import type { SqliteThread } from "./thread.js";
import { createTransaction } from "./transaction.js";

/**
 * Commits on the caller's own thread, while they come one at a time: to wake the other thread and to be woken by it
 * takes as long as a quick disk does. Where two are asked for at once the other thread shares a transaction between
 * them (I40), and where the disk is slow it waits alone.
 */
export interface InlineCommits {
  /** Whether the commit that is asked for now is made here. */
  takes(items: number): boolean;
  commit(...args: Parameters<Commit>): Promise<ReturnType<Commit>>;
  close(): void;
}

/** So many commits found the other thread idle, one after the other. */
export const ALONE = 8;
/** A flow that runs alone commits the items of one run, or of it and its parent. */
const ITEMS = 4;
/** The event loop stands still while the disk writes. Behind a commit that took so long… */
const SLOW_MS = 5;
/** …so many go to the other thread. */
const WARY = 64;
/** The other thread moves the log to the database, and hears of so many commits at a time. */
export const TOLD = 64;

/** `otherThread`: makes the commit there. */
export function inlineCommits(path: string, writer: SqliteThread, otherThread: (...args: Parameters<Commit>) => Promise<ReturnType<Commit>>): InlineCommits {
  let alone = 0;
  let untold = 0;
  let checkpointing = false;
  let underWay = false;
  let file: ReturnType<typeof open> | null = null;

  const timed = (act: () => Answer): Answer => {
    const began = performance.now();
    const answer = act();
    if (performance.now() - began > SLOW_MS) alone = -WARY;
    return answer;
  };
  const tell = (): void => {
    const told = untold;
    untold = 0;
    checkpointing = true;
    const done = (): void => {
      checkpointing = false;
    };
    // When the thread has ended the next commit says so.
    writer.committed(told).then(done, done);
  };
  return {
    takes(items) {
      // A log that is written to while it is moved does not begin anew.
      if (checkpointing) return false;
      alone = writer.idle() && !underWay ? alone + 1 : Math.min(alone, 0);
      return alone > ALONE && items <= ITEMS;
    },
    async commit(batch, items) {
      let results: ReturnType<Commit> = null;
      try {
        file ??= open(path);
      } catch (thrown) {
        throw infraError(path, failureOf(thrown));
      }
      const { transaction, commit } = file;
      const answer = timed(() => transaction(() => void (results = commit(batch, items))));
      if ("failure" in answer) {
        // Another program has the file for a moment: the other thread can wait for it.
        if (answer.failure.result === SQLITE.BUSY) return otherThread(batch, items);
        throw infraError(path, answer.failure);
      }
      untold += 1;
      if (untold >= TOLD) tell();
      // A turn of the event loop, as when the other thread answers: a run that waits for nothing else keeps nobody waiting.
      underWay = true;
      await new Promise<void>((resolve) => void setImmediate(resolve));
      underWay = false;
      return results;
    },
    close() {
      file?.close();
      file = null;
    },
  };
}

function open(path: string): { readonly commit: Commit; transaction(act: () => void): Answer; close(): void } {
  const db = openBeside(path);
  const transaction = createTransaction(db, stillThere(path));
  return {
    commit: committer(db),
    transaction: (act) => transaction([{ id: 0, act }])[0] ?? { id: 0, result: null },
    close: () => db.close(),
  };
}
