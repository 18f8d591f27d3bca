import { availableParallelism } from "node:os";
import type { Json } from "../../../core/json.js";
import type { ModuleCall } from "./call.js";
import { startThread, type Thread } from "./thread.js";

/** Threads of all module tools: a few for each file, started with the first call. */
export interface ModuleWorkers extends AsyncDisposable {
  /**
   * Runs an export of a file. Rejects with ModuleFailure, with WorkerEnded when its thread ends, and after an abort
   * with the signal's reason.
   */
  run(file: string, call: ModuleCall): Promise<Json>;
}

/** `print` gets what modules write to stdout and stderr: both may hold anything, and stdout is for results. */
export function openModuleWorkers(options: { readonly print: (text: string) => void }): ModuleWorkers {
  const files = new Map<string, Thread[]>();
  return {
    run(file, call) {
      const threads = files.get(file) ?? [];
      let thread = idlest(threads);
      if (thread === undefined || (thread.load() >= CALLS_BEFORE_NEXT && threads.length < MOST_THREADS)) {
        thread = startThread(file, options.print);
        files.set(file, [...threads.filter((one) => one.state() !== "ended"), thread]);
      }
      return thread.run(call);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...files.values()].flat().map((thread) => thread.end("the process is ending")));
      files.clear();
    },
  };
}

/** Calls run side by side in a thread; another thread helps only when the first has much to do. */
const CALLS_BEFORE_NEXT = 64;
const MOST_THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

function idlest(threads: readonly Thread[]): Thread | undefined {
  let best: Thread | undefined;
  for (const thread of threads) {
    if (thread.state() === "open" && (best === undefined || thread.load() < best.load())) best = thread;
  }
  return best;
}
