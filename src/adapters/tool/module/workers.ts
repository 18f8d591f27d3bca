import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { Json } from "../../../core/json.js";
import { WorkerEnded, type ModuleCall } from "./call.js";
import { startThread, type Thread } from "./thread.js";

/** Threads of all module tools: a few for each file, started with the first call. */
export interface ModuleWorkers extends AsyncDisposable {
  /** sha256 of the code that the next call runs with (I37): of what is loaded, not of what lies on the disk by now. */
  code(file: string): Promise<string>;
  /** Looks at the file again: calls that ask for its code from now on get it as it is. */
  refresh(file: string): Promise<void>;
  /**
   * Runs an export of a file. Rejects with ModuleFailure, with WorkerEnded when its thread ends, and after an abort
   * with the signal's reason.
   */
  run(file: string, call: ModuleCall): Promise<Json>;
}

/** `print` gets what modules write to stdout and stderr: both may hold anything, and stdout is for results. */
export function openModuleWorkers(options: { readonly print: (text: string) => void }): ModuleWorkers {
  const files = new Map<string, Thread[]>();
  const open = (file: string): readonly Thread[] => files.get(file)?.filter((thread) => thread.state() === "open") ?? [];

  function start(file: string): Thread {
    const thread = startThread(file, options.print);
    files.set(file, [...(files.get(file) ?? []).filter((one) => one.state() !== "ended"), thread]);
    // What was loaded later is the code by now.
    void thread.code.then((code) => code === "" || retireOthers(file, code));
    return thread;
  }

  function retireOthers(file: string, code: string): void {
    for (const thread of open(file)) if (thread.known() !== null && thread.known() !== code) thread.retire();
  }

  return {
    code: (file) => (idlest(open(file).filter((thread) => thread.known() !== null && !thread.retired())) ?? open(file).find((thread) => !thread.retired()) ?? start(file)).code,
    async refresh(file) {
      // One that is gone is what the next thread says, if there has to be one.
      const text = await readFile(file, "utf8").catch(() => null);
      if (text !== null) retireOthers(file, hash("sha256", text, "hex"));
    },
    async run(file, call) {
      const threads = open(file);
      const thread = idlest(threads.filter((one) => one.known() === call.code));
      if (thread !== undefined) {
        // It takes calls when it has said what it has loaded.
        if (thread.load() >= CALLS_BEFORE_NEXT && threads.length < MOST_THREADS && threads.every((one) => one.known() !== null)) start(file);
        return thread.run(call);
      }
      const fresh = start(file);
      const code = await fresh.code;
      if (fresh.state() === "ended") throw new WorkerEnded("its thread ended before it had loaded the file", false);
      if (code === call.code || code === "") return fresh.run(call);
      throw new WorkerEnded("its file has changed meanwhile", false);
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
    if (best === undefined || thread.load() < best.load()) best = thread;
  }
  return best;
}
