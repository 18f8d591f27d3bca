// A PostgreSQL in a folder of its own, on a socket there and on no port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCluster, postgresPrograms } from "../../../scripts/servers/postgres.mjs";

/** Where its programs are, or null when they would have to be fetched. */
export async function postgresFolder() {
  try {
    return await postgresPrograms(true);
  } catch {
    return null;
  }
}

/** Calls `use(url)`. */
export async function withPostgres(use) {
  const programs = await postgresPrograms(false);
  const folder = mkdtempSync(join(tmpdir(), "flowctl-pg-"));
  const data = join(folder, "data");
  const who = makeCluster(programs, data);
  const server = spawn(join(programs.bin, "postgres"), ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=200"], { ...who, env: { ...process.env, ...programs.env }, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const ready = Promise.withResolvers();
  server.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
    if (said.includes("ready to accept connections")) ready.resolve();
  });
  server.on("exit", () => ready.reject(new Error(said)));
  try {
    await ready.promise;
    await use(`postgresql://flowctl@localhost/flowctl?host=${encodeURIComponent(folder)}`);
  } finally {
    // Fast shutdown.
    server.kill("SIGINT");
    if (server.exitCode === null) await once(server, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}
