import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InfraError } from "../../core/errors.js";
import { failureOf } from "./failure.js";
import { cannotWrite } from "./infra-error.js";
import { inlineCommits } from "./inline.js";
import { lockDatabase } from "./lock.js";
import type { Reads, Writes } from "./operations.js";
import { startThread, type SqliteThread } from "./thread.js";

/** One file that this process owns: what store and bus keep in it goes through one thread, in shared transactions. */
export interface Database extends AsyncDisposable {
  readonly path: string;
  /** As `write`, of the store's items; on this thread while they come one at a time. */
  commit(...args: Parameters<Writes["commit"]>): Promise<ReturnType<Writes["commit"]>>;
  /** Durable when it resolves. Writes are done in the order in which they are asked for. */
  write<K extends Exclude<keyof Writes, "commit">>(name: K, ...args: Parameters<Writes[K]>): Promise<ReturnType<Writes[K]>>;
  /** The same, but it may wait a tenth of a second for somebody else's transaction: it costs no sync of its own. */
  later<K extends Exclude<keyof Writes, "commit">>(name: K, ...args: Parameters<Writes[K]>): Promise<ReturnType<Writes[K]>>;
  /** Sees all writes that have resolved; runs beside them, in a thread of its own (I40). */
  read<K extends keyof Reads>(name: K, ...args: Parameters<Reads[K]>): Promise<ReturnType<Reads[K]>>;
  /** As `read`, of what goes through all rows of a kind: in another thread, for what runs ask would wait for seconds behind it. */
  survey: Database["read"];
  /** Where others reach the process that serves; null when it serves no longer. */
  setSocketPath(socket: string | null): Promise<void>;
}

/** Takes the owner lock (I24), brings the file up to this version, and rejects with an InfraError where it cannot. */
export async function openDatabase(path: string): Promise<Database> {
  const file = resolve(path);
  try {
    makeFolder(dirname(file));
    // As its folder and its backups; SQLite gives the log the mode of the file.
    if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  } catch (thrown) {
    throw cannotWrite(file, failureOf(thrown).message);
  }
  const lock = lockDatabase(file);
  if ("heldBy" in lock) throw new InfraError("FC6016", `The process ${lock.heldBy} works on the database \`${file}\`.`, { hint: "End it, or ask it to do the work: `flowctl runs` and `flowctl topics publish` reach the process that serves." });
  let writer: SqliteThread;
  try {
    writer = await startThread({ path: file, mode: "write" });
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
  const reader = startedLate(file);
  const surveyor = startedLate(file);
  const commitThere: Database["commit"] = (batch, items) => typed(writer.call("commit", [batch, items], false));
  const inline = inlineCommits(file, writer, commitThere);
  return {
    path: file,
    commit: (batch, items) => (inline.takes(items) ? inline.commit(batch, items) : commitThere(batch, items)),
    write: (name, ...args) => typed(writer.call(name, args, false)),
    later: (name, ...args) => typed(writer.call(name, args, true)),
    read: async (name, ...args) => typed((await reader.thread()).call(name, args, false)),
    survey: async (name, ...args) => typed((await surveyor.thread()).call(name, args, false)),
    setSocketPath: (socket) => typed(writer.call("setMeta", ["socket", socket], false)),
    async [Symbol.asyncDispose]() {
      await Promise.all([reader.close(), surveyor.close()]);
      inline.close();
      await writer.close();
      lock.release();
    },
  };
}

/** Most processes of a moment never read much: a thread that reads starts with the first that it is asked. */
function startedLate(path: string): { thread(): Promise<SqliteThread>; close(): Promise<void> } {
  let started: Promise<SqliteThread> | null = null;
  return {
    thread() {
      started ??= startThread({ path, mode: "read" }).catch((thrown: unknown) => {
        started = null;
        throw thrown;
      });
      return started;
    },
    // One that did not start is not there to close, and whoever asked it was told why.
    close: async () => started?.then((thread) => thread.close(), () => undefined),
  };
}

/** Level by level: Node's `recursive` never returns where a folder can be in no parent (`/proc`). Messages and prompts are in it: it is this user's. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (folder !== dirname(folder)) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (thrown) {
    // Another process made it in this moment.
    if (!existsSync(folder)) throw thrown;
  }
}

/** What comes from the thread is what the operation of that name gave there. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a structured clone keeps the type that the other side's code has
const typed = <T>(answer: Promise<unknown>): Promise<T> => answer as Promise<T>;
