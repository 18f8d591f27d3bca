import type { SqliteFailure } from "./failure.js";

/** What the owner says to the thread that has the file open. */
export type ToWorker =
  | { readonly say: "call"; readonly id: number; readonly name: string; readonly args: readonly unknown[]; /** May wait for the next transaction of others. */ readonly later: boolean }
  /** On the owner's own thread. */
  | { readonly say: "committed"; readonly id: number; readonly count: number }
  | { readonly say: "close" };

/** Answers come in the order of the calls, all of one transaction in one message. */
export type FromWorker =
  | { readonly say: "open" }
  | { readonly say: "closed" }
  | { readonly say: "refused"; readonly failure: SqliteFailure }
  | { readonly say: "done"; readonly answers: readonly Answer[] };

export type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly failure: SqliteFailure };

/** What a thread is started with: the one that writes, or the one that only reads. */
export interface WorkerStart {
  readonly path: string;
  readonly mode: "write" | "read";
}
