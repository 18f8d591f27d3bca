// The thread that has the file open. It shares its transactions between all that was asked while the last one ran (I40).
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { checkpointer } from "./checkpoint.js";
import { openReading, openWriting } from "./connection.js";
import { failureOf, type SqliteFailure } from "./failure.js";
import { reads, writes } from "./operations.js";
import type { FromWorker, ToWorker, WorkerStart } from "./protocol.js";
import { stillThere } from "./still-there.js";
import { createTransaction } from "./transaction.js";

/** How long marks that may wait do so, when nothing else is asked. */
const IDLE_MS = 100;
/** Calls of one transaction (I40). */
const CAP = 500;

type Call = Extract<ToWorker, { say: "call" }>;

function serve(port: MessagePort, { path, mode }: WorkerStart): void {
  const say = (message: FromWorker): void => port.postMessage(message, []);
  let waiting: Call[] = [];
  let idle: NodeJS.Timeout | undefined;

  const open = (): { run(calls: readonly Call[]): void; committed(count: number): void; rest(): void; close(): void } => {
    if (mode === "read") {
      const db = openReading(path);
      const table = reads(db);
      const answer = ({ id, name, args }: Call) => {
        try {
          return { id, result: ask(table, name, args) };
        } catch (thrown) {
          return { id, failure: failureOf(thrown) };
        }
      };
      return { run: (calls) => say({ say: "done", answers: calls.map(answer) }), committed: () => undefined, rest: () => undefined, close: () => db.close() };
    }
    const db = openWriting(path);
    const table = writes(db);
    const check = stillThere(path);
    const transaction = createTransaction(db, check);
    const checkpoint = checkpointer(db, path, check);
    return {
      run(calls) {
        say({ say: "done", answers: transaction(calls.map(({ id, name, args }) => ({ id, act: () => ask(table, name, args) }))) });
        checkpoint.committed(1);
      },
      committed: (count) => checkpoint.committed(count),
      rest: () => checkpoint.rest(),
      close() {
        checkpoint.rest();
        db.close();
      },
    };
  };

  let file: ReturnType<typeof open>;
  try {
    file = open();
  } catch (thrown) {
    say({ say: "refused", failure: failureOf(thrown) });
    port.close();
    return;
  }
  say({ say: "open" });

  const runWaiting = (): void => {
    for (; waiting.length > 0; ) file.run(waiting.splice(0, CAP));
  };
  const close = (): void => {
    clearTimeout(idle);
    runWaiting();
    let failure: SqliteFailure | null = null;
    try {
      file.close();
    } catch (thrown) {
      failure = failureOf(thrown);
    }
    say(failure === null ? { say: "closed" } : { say: "refused", failure });
    port.close();
  };

  const rest = (): void => {
    idle = undefined;
    runWaiting();
    file.rest();
  };
  port.on("message", (first: ToWorker) => {
    let urgent = false;
    for (let message: ToWorker | null = first; message !== null; message = next(port)) {
      if (message.say === "close") return close();
      if (message.say === "committed") {
        file.committed(message.count);
        say({ say: "done", answers: [{ id: message.id, result: null }] });
        continue;
      }
      waiting.push(message);
      urgent ||= !message.later;
      if (waiting.length >= CAP) break;
    }
    if (urgent) {
      runWaiting();
      clearTimeout(idle);
      idle = undefined;
    }
    idle ??= setTimeout(rest, IDLE_MS);
  });
}

function next(port: MessagePort): ToWorker | null {
  const received: { readonly message: ToWorker } | undefined = receiveMessageOnPort(port);
  return received?.message ?? null;
}

function ask(table: Readonly<Record<string, (...args: never[]) => unknown>>, name: string, args: readonly unknown[]): unknown {
  const operation = Object.hasOwn(table, name) ? table[name] : undefined;
  if (operation === undefined) throw new Error(`the database knows no operation ${name}`);
  return Reflect.apply(operation, undefined, args);
}

const start: WorkerStart = workerData;
if (parentPort !== null) serve(parentPort, start);
