import type { Worker } from "node:worker_threads";
import type { Json } from "../../../core/json.js";
import type { ToWorker } from "./protocol.js";

interface Mailbox {
  readonly send: (id: number, name: string, key: string, input: Json) => void;
  readonly say: (message: ToWorker) => void;
}

/** Calls of one turn leave together, after its microtasks; everything else at once, but behind the calls before it. */
export function mailbox(worker: Worker): Mailbox {
  let ids: number[] = [];
  let names: string[] = [];
  let keys: string[] = [];
  let inputs: Json[] = [];
  const flush = (): void => {
    if (ids.length === 0) return;
    const message: ToWorker = { say: "calls", ids, names, keys, inputs: JSON.stringify(inputs) };
    [ids, names, keys, inputs] = [[], [], [], []];
    worker.postMessage(message, []);
  };
  return {
    send(id, name, key, input) {
      if (ids.length === 0) process.nextTick(flush);
      ids.push(id);
      names.push(name);
      keys.push(key);
      inputs.push(input);
    },
    say(message) {
      flush();
      worker.postMessage(message, []);
    },
  };
}
