import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Ending, FromWorker, ToWorker } from "./protocol.js";

/** Threads of all module tools: a few for each file, started with the first call. */
export interface ModuleWorkers extends AsyncDisposable {
  /** Runs an export. Rejects with WorkerEnded when the thread ends, and with the signal's reason after an abort. */
  run(file: string, call: Omit<ToWorker & { readonly say: "call" }, "say" | "id">, options: { readonly signal: AbortSignal; readonly log: (text: string) => void }): Promise<Ending>;
}

/** The thread ended under a call: nobody knows how far the call came. */
export class WorkerEnded extends Error {
  override readonly name = "WorkerEnded";
}

/** `print` gets what modules write to stdout and stderr: both may hold anything, and stdout is for results. */
export function openModuleWorkers(options: { readonly print: (text: string) => void }): ModuleWorkers {
  const files = new Map<string, Thread[]>();
  return {
    run(file, call, { signal, log }) {
      const alive = (files.get(file) ?? []).filter((thread) => thread.state() !== "ended");
      const open = alive.filter((thread) => thread.state() === "open").sort((a, b) => a.load() - b.load());
      let thread = open[0];
      if (thread === undefined || (thread.load() >= CALLS_BEFORE_NEXT && open.length < MOST_THREADS)) {
        thread = startThread(file, options.print);
        alive.push(thread);
      }
      files.set(file, alive);
      return thread.call(call, signal, log);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...files.values()].flat().map((thread) => thread.end("the process is ending")));
      files.clear();
    },
  };
}

/** Calls run side by side in a thread; another thread helps only when the first has much to do. */
const CALLS_BEFORE_NEXT = 8;
const MOST_THREADS = Math.max(1, Math.min(4, availableParallelism()));
/** Between the abort of a call and the end of its thread. */
const GRACE_MS = 100;
const MOST_HEAP_MB = 512;

interface Thread {
  /** `closing`: its calls may end, no new ones come. */
  state(): "open" | "closing" | "ended";
  load(): number;
  call(call: Parameters<ModuleWorkers["run"]>[1], signal: AbortSignal, log: (text: string) => void): Promise<Ending>;
  end(reason: string): Promise<void>;
}

interface Pending {
  readonly log: (text: string) => void;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: unknown) => void;
}

function startThread(file: string, print: (text: string) => void): Thread {
  const worker = new Worker(workerFile(), { workerData: file, stdout: true, stderr: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB } });
  const say = (message: ToWorker): void => worker.postMessage(message, []);
  const calls = new Map<number, Pending>();
  let lastId = 0;
  let state: ReturnType<Thread["state"]> = "open";
  let why = "";
  let heard = (): void => undefined;

  const settle = (id: number, how: (pending: Pending) => void): void => {
    const pending = calls.get(id);
    calls.delete(id);
    if (pending !== undefined) how(pending);
    if (calls.size > 0) return;
    worker.unref();
    if (state === "closing") void worker.terminate();
  };
  const gone = (reason: string): void => {
    state = "ended";
    for (const id of calls.keys()) settle(id, ({ reject }) => reject(new WorkerEnded(reason)));
  };
  const end = async (reason: string): Promise<void> => {
    gone(reason);
    await worker.terminate();
  };

  worker.stdout.setEncoding("utf8").on("data", print);
  worker.stderr.setEncoding("utf8").on("data", print);
  worker.on("message", (message: FromWorker) => {
    if (message.say === "pong") heard();
    else if (message.say === "log") calls.get(message.id)?.log(message.text);
    else {
      // A file that does not load is tried afresh by the next call: somebody may be mending it.
      if (message.how === "not_loaded") state = "closing";
      settle(message.id, ({ resolve }) => resolve(message));
    }
  });
  worker.on("error", (error) => {
    why = error instanceof Error ? error.message : String(error);
  });
  worker.on("exit", (code) => gone(why === "" ? `it ended its thread with process.exit(${code})` : why));

  /**
   * A call that does not end after its abort. If the thread still answers, the other calls in it may end first and no
   * new ones come; if it does not, it is in a loop, and they are lost with it.
   */
  const leave = async (): Promise<void> => {
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
    if (!answers) await end("another call in its thread did not end, and the thread was ended");
  };

  return {
    state: () => state,
    load: () => calls.size,
    end,
    call: (call, signal, log) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        let grace: NodeJS.Timeout | undefined;
        const abort = (): void => {
          say({ say: "abort", id });
          grace = setTimeout(() => {
            settle(id, () => reject(signal.reason));
            void leave();
          }, GRACE_MS);
        };
        const done = (): void => {
          clearTimeout(grace);
          signal.removeEventListener("abort", abort);
        };
        calls.set(id, {
          log,
          resolve: (ending) => {
            done();
            // What came in time is a result; a failure after an abort is the abort's.
            if (signal.aborted && ending.how !== "returned") reject(signal.reason);
            else resolve(ending);
          },
          reject: (error) => {
            done();
            reject(signal.aborted ? signal.reason : error);
          },
        });
        signal.addEventListener("abort", abort, { once: true });
        worker.ref();
        say({ say: "call", id, ...call });
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
