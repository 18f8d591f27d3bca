import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { InfraError } from "../../core/errors.js";
import { messageOf } from "../../core/message-of.js";
import type { SqliteFailure } from "./failure.js";
import { infraError } from "./infra-error.js";
import type { FromWorker, ToWorker, WorkerStart } from "./protocol.js";

/** A thread with the file open. */
export interface SqliteThread {
  /** Answered in the order of the calls; `later` may wait for the transaction of others. */
  call(name: string, args: readonly unknown[], later: boolean): Promise<unknown>;
  /** All that was asked is answered. */
  idle(): boolean;
  /** So many commits were made beside it; resolves when it has moved the log to the database where it is long. */
  committed(count: number): Promise<void>;
  /** When all that was asked is done. */
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Resolves when the file is open; rejects with an InfraError that says why it cannot be. */
export function startThread(start: WorkerStart): Promise<SqliteThread> {
  const { url, execArgv } = workerFile();
  const worker = new Worker(url, { workerData: start, execArgv });
  const pending = new Map<number, Pending>();
  const opened = Promise.withResolvers<SqliteThread>();
  const closed = Promise.withResolvers<void>();
  const gone = (failure: Error): void => {
    opened.reject(failure);
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
    closed.resolve();
  };
  const asError = (failure: SqliteFailure): Error => infraError(start.path, failure);
  let lastId = 0;
  let ended: Error | null = null;
  const say = (message: ToWorker): void => worker.postMessage(message, []);

  const ask = (message: (id: number) => ToWorker): Promise<unknown> => {
    if (ended !== null) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      // An open file does not keep the process up, a call does.
      if (pending.size === 0) worker.ref();
      pending.set((lastId += 1), { resolve, reject });
      say(message(lastId));
    });
  };
  const thread: SqliteThread = {
    call: (name, args, later) => ask((id) => ({ say: "call", id, name, args, later })),
    idle: () => pending.size === 0 && ended === null,
    committed: async (count) => void (await ask((id) => ({ say: "committed", id, count }))),
    async close() {
      if (ended === null) {
        ended = new InfraError("FC6012", `The database \`${start.path}\` is closed.`);
        worker.ref();
        say({ say: "close" });
      }
      await closed.promise;
    },
  };

  worker.on("message", (message: FromWorker) => {
    switch (message.say) {
      case "open":
        worker.unref();
        return opened.resolve(thread);
      case "refused":
        ended = asError(message.failure);
        return gone(ended);
      case "done":
        for (const answer of message.answers) {
          const call = pending.get(answer.id);
          pending.delete(answer.id);
          if ("failure" in answer) call?.reject(asError(answer.failure));
          else call?.resolve(answer.result);
        }
        if (pending.size === 0 && ended === null) worker.unref();
        return;
      case "closed":
        return;
    }
  });
  worker.on("error", (cause) => {
    ended = new InfraError("FC6012", `The thread of the database \`${start.path}\` ended: ${messageOf(cause)}.`, { cause });
  });
  worker.on("exit", () => gone((ended ??= new InfraError("FC6012", `The thread of the database \`${start.path}\` ended.`))));
  return opened.promise;
}

/** Beside the bundle, in the library, or in the sources: there Node strips the types, but an import still says `.js`. */
function workerFile(): { readonly url: URL; readonly execArgv: string[] } {
  const here = ["./sqlite-worker.js", "./worker.js", "./worker.ts"].map((name) => new URL(name, import.meta.url));
  const url = here.find((one) => existsSync(one));
  if (url === undefined) throw new Error("the file of the database's thread is missing from the package");
  return { url, execArgv: url.pathname.endsWith(".ts") ? ["--import", `data:text/javascript,${encodeURIComponent(FROM_SOURCES)}`] : [] };
}

const FROM_SOURCES = `import { registerHooks } from "node:module";
registerHooks({ resolve: (name, from, next) => next(name.startsWith(".") ? name.replace(/\\.js$/, ".ts") : name, from) });`;
