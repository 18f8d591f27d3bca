import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

/** A server that can be killed: of `npm run servers`, beside those that others use. */
export interface ChaosServer extends AsyncDisposable {
  readonly url: string;
  /** kill -9 */
  kill(): Promise<void>;
  /** Where it was, with what it had stored; resolves when it answers. */
  start(): Promise<void>;
}

const SET = `chaos-${process.pid}`;
const run = promisify(execFile);
const servers = async (...words: readonly string[]): Promise<string> => (await run(process.execPath, ["scripts/servers.mjs", ...words], { env: { ...process.env, FLOWCTL_SERVERS: SET } })).stdout;

export async function chaosServer(name: string): Promise<ChaosServer> {
  const printed = await servers("up", name);
  const url = /\S+:\/\/\S+/.exec(printed)?.[0];
  if (url === undefined) throw new Error(`there is no ${name} here: ${printed}`);
  return {
    url,
    async kill() {
      const state: Readonly<Record<string, { readonly pid: number } | undefined>> = JSON.parse(readFileSync(`.cache/${SET}.json`, "utf8"));
      const pid = state[name]?.pid;
      if (pid === undefined) return;
      process.kill(pid, "SIGKILL");
      while (isThere(pid)) await pause(20);
    },
    async start() {
      for (let time = 1; ; time += 1) {
        try {
          return void (await servers("up", name));
        } catch (error) {
          // What a server that was killed has left behind may need a moment to go: PostgreSQL's connections end by themselves.
          if (time === 20) throw error;
          await pause(250);
        }
      }
    },
    [Symbol.asyncDispose]: async () => void (await servers("down", name)),
  };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
