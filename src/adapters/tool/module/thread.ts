import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Json } from "../../../core/json.js";
import { messageOf } from "../../../core/message-of.js";
import { ModuleFailure, WorkerEnded, type ModuleCall } from "./call.js";
import { mailbox } from "./mailbox.js";
import type { FromWorker, WorkerStart } from "./protocol.js";

/** One worker thread with one module in it. */
export interface Thread {
  /** `closing`: its calls may end, no new ones come. */
  state(): "open" | "closing" | "ended";
  /** sha256 of the file that it has loaded; "" of one that cannot be read, and of a thread that ended before it said so. */
  readonly code: Promise<string>;
  /** The same, once it is known. */
  known(): string | null;
  /** Calls that have not ended. */
  load(): number;
  run(call: ModuleCall): Promise<Json>;
  /** Its file has changed: it ends when it is idle, after a while in which calls may come that were made for its code. */
  retire(): void;
  retired(): boolean;
  end(reason: string): Promise<void>;
}

/** Between the abort of a call and the end of its thread. */
const GRACE_MS = 100;
/** Between the retirement of a thread and its end: longer than a call is recorded before it is made. */
const LAST_CALLS_MS = 10_000;
const MOST_HEAP_MB = 512;

interface Pending {
  readonly log: (text: string) => void;
  readonly resolve: (output: Json) => void;
  readonly reject: (error: unknown) => void;
}

export function startThread(file: string, print: (text: string) => void): Thread {
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(workerFile(), { workerData: { file, begun } satisfies WorkerStart, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB } });
  const calls = new Map<number, Pending>();
  let state: ReturnType<Thread["state"]> = "open";
  let why = "";
  const code = Promise.withResolvers<string>();
  let known: string | null = null;
  let retired = false;
  let heard = (): void => undefined;
  const { send, say } = mailbox(worker);

  const settle = (id: number, how: (pending: Pending) => void): void => {
    const pending = calls.get(id);
    calls.delete(id);
    if (pending !== undefined) how(pending);
    if (calls.size > 0) return;
    worker.unref();
    if (state === "closing") void worker.terminate();
  };
  /** Behind another call, or behind the loading of the file. */
  const isBehind = (id: number): boolean => id > Atomics.load(begun, 0);
  const gone = (reason: string): void => {
    state = "ended";
    code.resolve("");
    for (const id of calls.keys()) settle(id, ({ reject }) => reject(new WorkerEnded(reason, !isBehind(id))));
  };
  const end = async (reason: string): Promise<void> => {
    state = "ended";
    why ||= reason;
    // First: it could begin another call behind what it is asked here.
    await worker.terminate();
    gone(reason);
  };

  const hear = (message: FromWorker): void => {
    if (message.say === "loads") {
      known = message.code;
      code.resolve(known);
      if (calls.size === 0) worker.unref();
    } else if (message.say === "returned") {
      const outputs: readonly Json[] = JSON.parse(message.outputs);
      for (const [index, id] of message.ids.entries()) settle(id, ({ resolve }) => resolve(outputs[index] ?? null));
    } else if (message.say === "failed") {
      // A file that does not load is tried afresh by the next call: somebody may be mending it.
      if (message.failure.how === "not_loaded") state = "closing";
      settle(message.id, ({ reject }) => reject(new ModuleFailure(message.failure)));
    } else if (message.say === "log") calls.get(message.id)?.log(message.text);
    else if (message.say === "print") print(message.text);
    else heard();
  };
  worker.on("message", (message: FromWorker) => {
    try {
      hear(message);
    } catch {
      void end("it sent messages of its own to flowctl");
    }
  });
  worker.on("error", (error) => {
    why = messageOf(error);
  });
  worker.on("exit", (code) => gone(why === "" ? `it ended its thread with process.exit(${code})` : why));

  /**
   * A call did not end after its abort. If the thread still answers, the other calls in it may end first and no
   * new ones come; if it does not, it is in a loop, and they are lost with it.
   */
  const leave = async (): Promise<void> => {
    if (state === "ended") return;
    state = "closing";
    if (calls.size === 0) return end("");
    const answers = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), GRACE_MS);
      heard = () => {
        clearTimeout(timer);
        resolve(true);
      };
      say({ say: "ping" });
    });
    leaving = null;
    if (!answers) await end("another call in its thread did not end, and the thread was ended");
  };
  let leaving: Promise<void> | null = null;

  let lastId = 0;
  return {
    state: () => state,
    load: () => calls.size,
    code: code.promise,
    known: () => known,
    retired: () => retired,
    retire() {
      if (retired) return;
      retired = true;
      setTimeout(() => {
        if (state !== "open") return;
        state = "closing";
        if (calls.size === 0) void worker.terminate();
      }, LAST_CALLS_MS).unref();
    },
    end,
    run: ({ name, input, key, signal, log }) =>
      new Promise((resolve, reject) => {
        // While it waited to hear what the thread has loaded.
        if (signal.aborted) return reject(signal.reason);
        const id = ++lastId;
        let stopped: { readonly reason: unknown } | null = null;
        let timer: NodeJS.Timeout | undefined;
        const stop = (reason: unknown): void => {
          if (stopped !== null) return;
          stopped = { reason };
          say({ say: "abort", id });
          timer = setTimeout(() => {
            const behind = isBehind(id);
            if (!behind) settle(id, (pending) => pending.reject(reason));
            leaving ??= leave();
            // One that waits behind a loop, or for the file, ends with the thread, as what it is.
            if (behind) void leaving.then(() => settle(id, (pending) => pending.reject(reason)));
          }, GRACE_MS);
        };
        const abort = (): void => stop(signal.reason);
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", abort);
        };
        if (calls.size === 0) worker.ref();
        calls.set(id, {
          log,
          // What came within the grace is a result.
          resolve: (output) => {
            done();
            resolve(output);
          },
          reject: (error) => {
            done();
            reject(stopped === null || (error instanceof WorkerEnded && !error.began) ? error : stopped.reason);
          },
        });
        signal.addEventListener("abort", abort);
        send(id, name, key, input);
      }),
  };
}

/** Beside the bundle, in the library, or in the sources. */
function workerFile(): URL {
  const here = ["./module-worker.js", "./worker.js", "./worker.ts"].map((name) => new URL(name, import.meta.url));
  const found = here.find((url) => existsSync(url));
  if (found === undefined) throw new Error("the file of the module worker is missing from the package");
  return found;
}
