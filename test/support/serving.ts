import { spawn } from "node:child_process";
import { once } from "node:events";
import { flowctl, type CliResult } from "./cli.js";

export interface Serving extends AsyncDisposable {
  readonly pid: number;
  stderr(): string;
  /** Resolves when stderr has that text. */
  says(text: string): Promise<void>;
  /** Ctrl-C, and the exit code. */
  stop(): Promise<number | null>;
  /** SIGTERM, and the exit code. */
  terminate(): Promise<number | null>;
  /** kill -9 */
  kill(): Promise<void>;
}

/** `flowctl run` as a process that serves, once it says so. */
export async function serving(cwd: string, args: readonly string[] = ["."], env: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const child = spawn(process.execPath, [new URL("../../bin/flowctl.js", import.meta.url).pathname, "run", ...args], { cwd, env: { ...process.env, NO_COLOR: "1", ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  const closed = once(child, "close");
  const up = Promise.withResolvers<void>();
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (stderr.includes("serving ")) up.resolve();
  });
  child.on("close", (status) => up.reject(new Error(`flowctl run ended with ${status}: ${stderr}`)));
  await up.promise;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await closed;
    return child.exitCode;
  };
  return {
    pid: child.pid ?? 0,
    stderr: () => stderr,
    async says(text) {
      while (!stderr.includes(text)) await Promise.race([once(child.stderr, "data"), closed.then(() => Promise.reject(new Error(`flowctl run ended before it said \`${text}\`: ${stderr}`)))]);
    },
    stop: () => end("SIGINT"),
    terminate: () => end("SIGTERM"),
    kill: async () => void (await end("SIGKILL")),
    [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
  };
}

/** Runs the command again until what it printed is as it should be; a test's own time limit ends it. */
export async function untilPrints(args: readonly string[], cwd: string, holds: (result: CliResult) => boolean): Promise<CliResult> {
  for (;;) {
    const result = await flowctl(args, { cwd });
    if (holds(result)) return result;
  }
}
