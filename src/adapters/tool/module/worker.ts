// The thread that a module tool runs in: it loads one file and runs its exports, many calls at once. It stands alone
// (Node runs it as it is, the bundle has it as a file of its own), so it imports nothing but types and Node.
import { hash } from "node:crypto";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import type { Failure, FromWorker, ToWorker, WorkerStart } from "./protocol.js";

/** The second argument of a tool's function. */
interface ModuleContext {
  /** Aborted at the call's deadline; 100 ms later the thread is ended. */
  readonly signal: AbortSignal;
  /** The idempotency key: the same on every attempt. */
  readonly key: string;
  readonly log: (message: unknown) => void;
  /** Says that a long call is alive. */
  readonly heartbeat: () => void;
}

/** An output of more is not sent, as from an HTTP tool; nor is the data of an error. */
const MOST_CHARACTERS = 5 * 1024 * 1024;
/** Of what an error says: libraries put whole answers into it. */
const MOST_SAID = 10_000;

const port = parentPort;
const say = (message: FromWorker): void => port?.postMessage(message, []);

// What the module prints goes out as a message: the thread's own streams lead to the command's stdout, or keep the process up.
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    say({ say: "print", text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString() });
    const written = rest.at(-1);
    if (typeof written === "function") process.nextTick(() => written());
    return true;
  };
}

/** How to abort the calls that wait for the file, or asked for their signal, or may still do. */
const running = new Map<number, () => void>();

const { file, begun }: WorkerStart = workerData;
const { href } = pathToFileURL(file);
let told = false;
function tell(code: string): void {
  if (!told) say({ say: "loads", code });
  told = true;
}
// I37: what is loaded, not what lies on the disk a moment later; hashed as the compiler does.
registerHooks({
  load(url, context, next) {
    const from = next(url, context);
    if (url === href && from.source !== undefined && from.source !== null) tell(hash("sha256", typeof from.source === "string" ? from.source : new TextDecoder("utf-8", { ignoreBOM: true }).decode(from.source), "hex"));
    return from;
  },
});
const loaded: Promise<Readonly<Record<string, unknown>>> = import(href);
// One that cannot be read, or is no module.
loaded.then(
  () => tell(""),
  () => tell(""),
);
// Each call hears of it; without a call nobody has to.
loaded.catch(() => undefined);

port?.on("message", (message: ToWorker) => {
  if (message.say === "ping") say({ say: "pong" });
  else if (message.say === "abort") running.get(message.id)?.();
  else {
    const inputs: readonly unknown[] = JSON.parse(message.inputs);
    for (const [index, id] of message.ids.entries()) void run(id, message.names[index] ?? "", message.keys[index] ?? "", inputs[index]);
  }
});

async function run(id: number, name: string, key: string, input: unknown): Promise<void> {
  let call: unknown;
  running.set(id, () => running.delete(id));
  try {
    const module = await loaded;
    call = Object.hasOwn(module, name) ? module[name] : undefined;
    if (typeof call !== "function") return failed(id, { how: "not_loaded", message: noFunction(name, call, module) });
  } catch (error) {
    return failed(id, { how: "not_loaded", message: `it cannot be loaded: ${messageOf(error)}` });
  }
  // Given up while the file was loading: nobody begins it any more.
  if (!running.has(id)) return;
  let output: unknown;
  // Before its first line: what a loop in another call keeps from here has done nothing.
  Atomics.store(begun, 0, id);
  try {
    output = await call(input, contextOf(id, key));
  } catch (error) {
    return failed(id, threw(error));
  } finally {
    running.delete(id);
  }
  try {
    const text = jsonOf(output);
    if (text.length > MOST_CHARACTERS) failed(id, { how: "too_long", message: `the output is longer than ${MOST_CHARACTERS / 1024 / 1024} MB` });
    else returned(id, text);
  } catch (error) {
    // V8 draws a circle over several lines.
    failed(id, { how: "not_json", message: messageOf(error).split("\n")[0] ?? "" });
  }
}

/** Most calls never ask for their signal, so it is made when they do. */
function contextOf(id: number, key: string): ModuleContext {
  let controller: AbortController | null = null;
  let aborted = false;
  const abort = (): void => {
    aborted = true;
    controller?.abort(new Error("the call has timed out or was cancelled"));
  };
  running.set(id, abort);
  return {
    get signal() {
      controller ??= new AbortController();
      if (aborted) abort();
      return controller.signal;
    },
    key,
    log: (message) => say({ say: "log", id, text: typeof message === "string" ? message : inspect(message) }),
    heartbeat: () => undefined,
  };
}

let ids: number[] = [];
let outputs: string[] = [];
let length = 0;

/** Of the outputs of a message: one text holds half a gigabyte at most. */
const MOST_IN_MESSAGE = 16 * 1024 * 1024;

/** After the microtasks of this turn, so that all calls that end in it share a message. */
function returned(id: number, output: string): void {
  if (ids.length === 0) process.nextTick(sendReturned);
  ids.push(id);
  outputs.push(output);
  length += output.length;
  if (length > MOST_IN_MESSAGE) sendReturned();
}

function sendReturned(): void {
  if (ids.length === 0) return;
  say({ say: "returned", ids, outputs: `[${outputs.join(",")}]` });
  [ids, outputs, length] = [[], [], 0];
}

function failed(id: number, failure: Failure): void {
  say({ say: "failed", id, failure });
}

function noFunction(name: string, found: unknown, module: Readonly<Record<string, unknown>>): string {
  if (found !== undefined) return `its export \`${name}\` is not a function`;
  const others = Object.keys(module).filter((other) => typeof module[other] === "function");
  return `it has no export \`${name}\`${others.length === 0 ? "" : `; it has ${others.map((other) => `\`${other}\``).join(", ")}`}`;
}

function threw(error: unknown): Failure {
  const { code, data, retryAfterMs, stack }: { code?: unknown; data?: unknown; retryAfterMs?: unknown; stack?: unknown } = typeof error === "object" && error !== null ? error : {};
  return {
    how: "threw",
    message: cut(messageOf(error)),
    ...(typeof stack === "string" ? { stack: cut(stack) } : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}),
    ...dataOf(data),
  };
}

const cut = (text: string): string => (text.length > MOST_SAID ? `${text.slice(0, MOST_SAID)}…` : text);

/** An error's `data` that is no JSON, or too long, is left out: the error itself must arrive. */
function dataOf(data: unknown): { data?: string } {
  if (data === undefined) return {};
  try {
    const text = jsonOf(data);
    return text.length > MOST_CHARACTERS ? {} : { data: text };
  } catch {
    return {};
  }
}

/** JSON text of what JSON can hold; what JSON.stringify would drop or change in silence is an error. Nothing at all is null. */
function jsonOf(output: unknown): string {
  const text: string | undefined = JSON.stringify(output, function (this: unknown, key: string, value: unknown) {
    const odd = oddity(value, Array.isArray(this));
    if (odd !== null) throw new TypeError(`${key === "" ? "the output" : `\`${key}\` in the output`} is ${odd}, which JSON cannot hold`);
    return value;
  });
  if (text !== undefined && text.length > MOST_LEVELS * 2 && isDeeper(output, MOST_LEVELS)) throw new TypeError(`the output is nested deeper than ${MOST_LEVELS} levels`);
  return text ?? "null";
}

/** As for all data from outside: what reads it goes down with the stack. */
const MOST_LEVELS = 1000;

/** For what has passed JSON.stringify: it holds no circle. */
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === "object" && value !== null && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));

function oddity(value: unknown, inList: boolean): string | null {
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value === "bigint") return "a BigInt";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value === undefined && inList) return "undefined";
  if (value instanceof Map || value instanceof Set) return `a ${value.constructor.name}`;
  return null;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : "something that is not an Error was thrown";
}
