import { execFile } from "node:child_process";
import { hash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openModuleTool, type ModuleToolPlan } from "../../../src/adapters/tool/module/tool.js";
import { openModuleWorkers, type ModuleWorkers } from "../../../src/adapters/tool/module/workers.js";
import { StepError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/core/json.js";

const file = fileURLToPath(new URL("./modules/tools.ts", import.meta.url));
let workers: ModuleWorkers;
let printed = "";
beforeEach(() => {
  printed = "";
  workers = openModuleWorkers({ print: (text) => (printed += text) });
});
afterEach(() => workers[Symbol.asyncDispose]());

interface How {
  readonly input?: Json;
  readonly effect?: "read" | "write";
  readonly errors?: ModuleToolPlan["errors"];
  readonly signal?: AbortSignal;
  /** Then its signal is aborted, as the runtime does. */
  readonly timeoutMs?: number;
  readonly log?: (text: string) => void;
  readonly file?: string;
}
function call(name: string, how: How = {}): Promise<Json> {
  const timeout = new AbortController();
  if (how.timeoutMs !== undefined) setTimeout(() => timeout.abort(new StepError("timeout", "no answer", { outcome: "unknown" })), how.timeoutMs);
  const plan: ModuleToolPlan = { kind: "module", file: "tools.ts", export: name, input: "i", effect: how.effect ?? "read", idempotency: { kind: "key" }, errors: how.errors ?? {} };
  return openModuleTool({ plan, file: how.file ?? file, workers }).call({
    input: how.input ?? null,
    key: "key-1",
    attempt: 1,
    signal: how.signal ?? timeout.signal,
    log: how.log ?? (() => undefined),
    run: { id: "r", flow: "f", path: "p" },
  });
}

/** As much as a step may be given: 70 of it are more than V8 holds in a string. */
const LARGE = "x".repeat(8_000_000);

describe("a module tool", () => {
  test("gets its input and key, and gives its output; the thread is kept", async () => {
    expect(await call("echo", { input: { a: [1, null, "x"] } })).toEqual({ input: { a: [1, null, "x"] }, key: "key-1" });
    expect(await call("nothing")).toBe(null);
    expect(await call("dates")).toEqual({ at: "1970-01-01T00:00:00.000Z" });
    expect(await call("count")).toBe(1);
    expect(await call("count")).toBe(2);
  });

  test("logs to its call; what it prints does not reach stdout", async () => {
    const logged: string[] = [];
    await call("logs", { input: { text: "hello" }, log: (text) => logged.push(text) });
    expect(logged).toEqual(["hello", "{ a: 1 }"]);
    await expect.poll(() => printed.split("\n").sort()).toEqual(["", "to stderr", "to stdout"]);
  });

  test("many calls run at once", async () => {
    const outputs = await Promise.all(Array.from({ length: 100 }, (_, n) => call("echo", { input: n })));
    expect(outputs).toEqual(Array.from({ length: 100 }, (_, n) => ({ input: n, key: "key-1" })));
  });

  test("calls of one turn give and get more than one text can hold", async () => {
    const outputs = await Promise.all(Array.from({ length: 70 }, () => call("size", { input: LARGE })));
    expect(new Set(outputs)).toEqual(new Set([LARGE.length]));
  });

  test.each([
    ["function", "`x` in the output is a function"],
    ["symbol", "is a symbol"],
    ["bigint", "is a BigInt"],
    ["nan", "is NaN"],
    ["map", "is a Map"],
    ["hole", "`0` in the output is undefined"],
    ["circle", "circular"],
  ])("an output that JSON cannot hold is `invalid_output`: %s", async (what, message) => {
    await expect(call("odd", { input: { what }, effect: "write" })).rejects.toMatchObject({ code: "invalid_output", outcome: "unknown", message: expect.stringContaining(message) });
  });

  test("an output of more than 5 MB is `limit`", async () => {
    await expect(call("big")).rejects.toMatchObject({ code: "limit" });
  });

  test.each([
    ["full", "full", { data: { beds: 0 } }, "not_applied"],
    ["refused", "refused", { data: { beds: 0 } }, "not_applied"],
    ["rate_limit", "rate_limit", { retryAfterMs: 1500 }, "not_applied"],
    ["ECONNRESET", "unavailable", {}, "unknown"],
    ["toString", "unavailable", {}, "unknown"],
    [undefined, "unavailable", {}, "unknown"],
  ])("an error with the code %s is `%s`", async (code, expected, more, outcome) => {
    const errors = { full: { status: [], type: "Full" } };
    const logged: string[] = [];
    const failed = call("fails", { input: code === undefined ? {} : { code }, effect: "write", errors, log: (text) => logged.push(text) });
    await expect(failed).rejects.toMatchObject({ name: "StepError", code: expected, outcome, message: "`tools.ts#fails` failed: no room", ...more });
    // Where it stands in the code is nobody's matter when that is how the module answers.
    expect(logged).toEqual(code === expected ? [] : [expect.stringContaining("tools.ts")]);
  });

  test("an error that says more than anybody reads is cut, and data that is too long is left out", async () => {
    const logged: string[] = [];
    const error = await call("rambles", { errors: { declined: { status: [] } }, log: (text) => logged.push(text) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "declined", message: expect.stringMatching(/^`tools\.ts#rambles` failed: m{10000}…$/), data: undefined });
    expect(logged).toEqual([]);
    await expect(call("rambles", { log: (text) => logged.push(text) })).rejects.toMatchObject({ code: "unavailable" });
    expect(logged.map(({ length }) => length)).toEqual([10_001]);
  });

  test("a thrown text is its message", async () => {
    await expect(call("throwsText")).rejects.toMatchObject({ code: "unavailable", outcome: "not_applied", message: expect.stringContaining("plain text") });
  });

  test.each([
    ["absent", "it has no export `absent`; it has `big`, "],
    ["notAFunction", "its export `notAFunction` is not a function"],
  ])("an export that is not there is refused: %s", async (name, message) => {
    await expect(call(name)).rejects.toMatchObject({ code: "refused", outcome: "not_applied", message: expect.stringContaining(message) });
  });

  test("a file that does not load says why, and is tried afresh", async () => {
    const folder = await mkdtemp(join(tmpdir(), "flowctl-module-"));
    const broken = join(folder, "m.mjs");
    await expect(call("run", { file: broken })).rejects.toMatchObject({ code: "refused", message: expect.stringContaining("cannot be loaded") });
    await writeFile(broken, "export const run = () => {");
    await expect(call("run", { file: broken })).rejects.toMatchObject({ code: "refused", message: expect.stringContaining("cannot be loaded") });
    await writeFile(broken, "export const run = () => 'mended';");
    expect(await call("run", { file: broken })).toBe("mended");
    await rm(folder, { recursive: true });
  });
});

test("an idle thread does not keep the process up, and prints nothing to its stdout", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flowctl-module-"));
  await build({ entryPoints: { main: fileURLToPath(new URL("./modules/main.ts", import.meta.url)), "module-worker": fileURLToPath(new URL("../../../src/adapters/tool/module/worker.ts", import.meta.url)) }, outdir: folder, bundle: true, splitting: true, format: "esm", platform: "node" });
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, "main.js"), file], { timeout: 20_000 });
  expect(stdout).toBe("null\n");
  expect(stderr.split("\n").sort()).toEqual(["", "to stderr", "to stdout"]);
  await rm(folder, { recursive: true });
});

describe("a call that does not end", () => {
  test.each(["loops", "hangs"])("is ended at its timeout: %s", async (name) => {
    await call("count");
    await expect(call(name, { timeoutMs: 50, effect: "write" })).rejects.toMatchObject({ name: "StepError", code: "timeout", outcome: "unknown" });
    expect(await call("count")).toBe(1);
  });

  test("is ended by the signal, with its reason", async () => {
    const reason = new Error("cancelled");
    const abort = new AbortController();
    const running = call("hangs", { signal: abort.signal });
    running.catch(() => undefined);
    await call("count");
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(call("count", { signal: abort.signal })).rejects.toBe(reason);
  });

  test("may answer within its grace", async () => {
    await call("count");
    expect(await call("untilAborted", { timeoutMs: 30 })).toBe("tidied up");
  });

  test("does not take others with it when its thread still answers", async () => {
    await call("count");
    const other = call("untilAborted", { timeoutMs: 400 });
    await expect(call("hangs", { timeoutMs: 30 })).rejects.toMatchObject({ code: "timeout" });
    expect(await call("count")).toBe(1);
    expect(await other).toBe("tidied up");
  });

  test("takes the calls of its thread with it when it is a loop, and they say so", async () => {
    const other = call("hangs", { effect: "write" });
    other.catch(() => undefined);
    await call("count");
    await expect(call("loops", { timeoutMs: 50 })).rejects.toMatchObject({ code: "timeout" });
    await expect(other).rejects.toMatchObject({ code: "unavailable", outcome: "unknown", message: expect.stringContaining("another call in its thread") });
  });
});

test("calls behind a loop in the same thread, with or without a timeout, were never begun: not applied (I20)", async () => {
  await call("count");
  const loop = call("loops", { timeoutMs: 60, effect: "write" });
  const behind = [call("count", { effect: "write" }), call("count", { effect: "write", timeoutMs: 40 })];
  const ends = await Promise.allSettled([loop, ...behind]);
  expect(ends.map((end) => (end.status === "rejected" ? [end.reason.code, end.reason.outcome] : end.value))).toEqual([["timeout", "unknown"], ["unavailable", "not_applied"], ["unavailable", "not_applied"]]);
});

describe("a call that waits for its file to load was never begun: not applied (I20)", () => {
  async function written(code: (log: string) => string): Promise<{ readonly file: string; readonly log: () => Promise<string>; readonly [Symbol.asyncDispose]: () => Promise<void> }> {
    const folder = await mkdtemp(join(tmpdir(), "flowctl-load-"));
    const log = join(folder, "log");
    await writeFile(log, "");
    await writeFile(join(folder, "t.mjs"), code(log));
    return { file: join(folder, "t.mjs"), log: () => readFile(log, "utf8"), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  }
  const notApplied = { code: "unavailable", outcome: "not_applied", message: expect.stringContaining("was never begun") };

  test("where the thread ends with it", async () => {
    await using module = await written(() => "process.exit(3); export const run = () => 1;");
    await expect(call("run", { file: module.file, effect: "write" })).rejects.toMatchObject(notApplied);
  });

  test("where loading is a loop, and the call is given up", async () => {
    await using module = await written((log) => `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(log)}, "loading"); for (;;); export const run = () => 1;`);
    const abort = new AbortController();
    const running = call("run", { file: module.file, effect: "write", signal: abort.signal });
    running.catch(() => undefined);
    await expect.poll(module.log, { timeout: 30_000 }).toBe("loading");
    abort.abort(new Error("given up"));
    await expect(running).rejects.toMatchObject(notApplied);
  });

  test.each(["before", "while"])("where it is given up %s the file is loaded: it does not begin later", async (when) => {
    await using module = await written((log) => `
      import { appendFileSync } from "node:fs";
      appendFileSync(${JSON.stringify(log)}, "loading ");
      await new Promise((go) => setTimeout(go, 1000));
      export const run = (name) => appendFileSync(${JSON.stringify(log)}, name);`);
    const abort = new AbortController();
    const reason = new Error("given up");
    const kept = call("run", { file: module.file, effect: "write", input: "kept" });
    const other = call("run", { file: module.file, effect: "write", input: "given up", signal: abort.signal });
    other.catch(() => undefined);
    if (when === "while") await expect.poll(module.log, { timeout: 30_000 }).toBe("loading ");
    abort.abort(reason);
    await expect(other).rejects.toBe(reason);
    await kept;
    expect(await module.log()).toBe("loading kept");
  });
});

describe("a thread that ends", () => {
  test.each([
    ["exits", "process.exit(3)"],
    ["strays", "nobody caught me"],
    ["eats", "memory"],
  ])("fails its call and is started again: %s", async (name, message) => {
    await expect(call(name, { effect: "write" })).rejects.toMatchObject({ code: "unavailable", outcome: "unknown", message: expect.stringContaining(message) });
    expect(await call("count")).toBe(1);
  });

  test("fails its calls when the process closes its tools", async () => {
    const running = call("hangs");
    running.catch(() => undefined);
    await call("count");
    await workers[Symbol.asyncDispose]();
    await expect(running).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("the code of a file (I37)", () => {
  const tool = (at: string) => openModuleTool({ plan: { kind: "module", file: "t.ts", export: "v", input: "i", effect: "read", idempotency: { kind: "key" }, errors: {} }, file: at, workers });
  const run = (at: string, code?: string): Promise<Json> =>
    tool(at).call({ input: null, key: "k", attempt: 1, ...(code === undefined ? {} : { code }), signal: new AbortController().signal, log: () => undefined, run: { id: "r", flow: "f", path: "p" } });
  const sha = (text: string): string => hash("sha256", text, "hex");
  const one = "export const v = () => 1;\n";
  const two = "export const v = () => 2;\n";

  test("is that of what is loaded, until somebody expects another and the file has changed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "flowctl-code-"));
    const at = join(folder, "t.ts");
    await writeFile(at, one);
    expect(await tool(at).code?.(sha(one))).toBe(sha(one));
    await writeFile(at, two);
    // A save under a process that serves changes nothing by itself.
    expect(await tool(at).code?.(sha(one))).toBe(sha(one));
    expect(await run(at, sha(one))).toBe(1);
    expect(await tool(at).code?.(sha(two))).toBe(sha(two));
    expect(await run(at, sha(two))).toBe(2);
    // What was recorded before is called as it was recorded.
    expect(await run(at, sha(one))).toBe(1);
    expect(await run(at)).toBe(2);
    await rm(folder, { recursive: true });
  });

  test("a call that was recorded with code that is nowhere any more was never begun", async () => {
    const folder = await mkdtemp(join(tmpdir(), "flowctl-code-"));
    const at = join(folder, "t.ts");
    await writeFile(at, two);
    await expect(run(at, sha(one))).rejects.toMatchObject({ code: "unavailable", outcome: "not_applied", message: expect.stringContaining("its file has changed meanwhile") });
    await rm(folder, { recursive: true });
  });
});
