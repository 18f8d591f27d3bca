// A PostgreSQL in a folder of its own, on a socket there and on no port.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const DEBIAN = "/usr/lib/postgresql";

/** The folder of `postgres` and `initdb`, or null. */
export function postgresFolder() {
  const debian = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, "bin")) : [];
  return [...(process.env.PATH ?? "").split(delimiter), ...debian].find((folder) => existsSync(join(folder, "postgres")) && existsSync(join(folder, "initdb"))) ?? null;
}

/** Calls `use(url)`. */
export async function withPostgres(use) {
  const bin = postgresFolder();
  if (bin === null) throw new Error("there is no postgres here");
  const folder = mkdtempSync(join(tmpdir(), "flowctl-pg-"));
  // PostgreSQL refuses to run as root.
  const who = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};
  if (who.uid !== undefined) chownSync(folder, who.uid, who.gid);
  const data = join(folder, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "flowctl", "-A", "trust", "-E", "UTF8"], { ...who, cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const server = spawn(join(bin, "postgres"), ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=200"], { ...who, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
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

const idOf = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
