import type { Worker } from "node:worker_threads";
import type { Json } from "../../../core/json.js";
import type { ToWorker } from "./protocol.js";

interface Mailbox {
  readonly send: (id: number, name: string, key: string, input: Json) => void;
  readonly say: (message: ToWorker) => void;
}

/** Of the inputs of a message: one text holds half a gigabyte at most, and the inputs of one turn may be more. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Calls of one turn leave together, after its microtasks; everything else at once, but behind the calls before it. */
export function mailbox(worker: Worker): Mailbox {
  let ids: number[] = [];
  let names: string[] = [];
  let keys: string[] = [];
  let inputs: string[] = [];
  let length = 0;
  const flush = (): void => {
    if (ids.length === 0) return;
    const message: ToWorker = { say: "calls", ids, names, keys, inputs: `[${inputs.join(",")}]` };
    [ids, names, keys, inputs, length] = [[], [], [], [], 0];
    worker.postMessage(message, []);
  };
  return {
    send(id, name, key, input) {
      if (ids.length === 0) process.nextTick(flush);
      ids.push(id);
      names.push(name);
      keys.push(key);
      const text = JSON.stringify(input);
      inputs.push(text);
      length += text.length;
      if (length > MOST_CHARACTERS) flush();
    },
    say(message) {
      flush();
      worker.postMessage(message, []);
    },
  };
}
