import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Program {
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
}
interface Scripts {
  readonly postgres: { answers(ports: readonly number[]): Promise<boolean> };
  postgresPrograms(cached: boolean): Promise<Program>;
  makeCluster(program: Program, data: string): { readonly uid?: number; readonly gid?: number };
  freePort(): Promise<number>;
  until(holds: () => Promise<boolean>, ms: number, lost: () => string | null): Promise<void>;
}

export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** A file in the folder of its data. */
  write(name: string, text: string): void;
  /** Resolves when it answers. */
  start(settings?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** A server of a test's own, by the program of the other tests: for what would be in the way of those. */
export async function postgresServer(): Promise<PostgresServer> {
  const scripts = new URL("../../scripts/servers/", import.meta.url);
  const { postgres, postgresPrograms, makeCluster, freePort, until }: Scripts = { ...(await import(new URL("postgres.mjs", scripts).href)), ...(await import(new URL("port.mjs", scripts).href)) };
  const folder = mkdtempSync(join(tmpdir(), "flowctl-postgres-"));
  const logs = mkdtempSync(join(tmpdir(), "flowctl-postgres-"));
  const program = await postgresPrograms(true);
  const data = join(folder, "data");
  const who = makeCluster(program, data);
  const port = await freePort();
  let stop = async (): Promise<void> => undefined;
  return {
    port,
    write(name, text) {
      const file = join(data, name);
      writeFileSync(file, text);
      chmodSync(file, 0o600);
      if (who.uid !== undefined && who.gid !== undefined) chownSync(file, who.uid, who.gid);
    },
    async start(settings = []) {
      const log = join(logs, "log");
      const out = openSync(log, "a");
      const options = ["listen_addresses=127.0.0.1", `port=${port}`, ...settings].flatMap((setting) => ["-c", setting]);
      const child = spawn(join(program.bin, "postgres"), ["-D", data, "-k", folder, ...options], { ...who, cwd: folder, env: { ...process.env, ...program.env }, stdio: ["ignore", out, out] });
      const ended = once(child, "exit");
      stop = async () => {
        child.kill("SIGINT");
        await ended;
      };
      await until(() => postgres.answers([port]), 60_000, () => (child.exitCode === null ? null : readFileSync(log, "utf8")));
    },
    stop: () => stop(),
    async [Symbol.asyncDispose]() {
      await stop();
      for (const one of [folder, logs]) rmSync(one, { recursive: true, force: true });
    },
  };
}
