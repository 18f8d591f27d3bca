import { chownSync, existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { onPath } from "./cache.mjs";
import { debian } from "./debian.mjs";
import { ask } from "./port.mjs";
import { run } from "./run.mjs";

/** The folder of the programs `postgres` and `initdb`, and the environment in which they run. */
export async function postgresPrograms(onlyCached) {
  const path = onPath("initdb");
  const here = [...(path === null ? [] : [dirname(path)]), ...globSync("/usr/lib/postgresql/*/bin").sort().reverse()].find((folder) => existsSync(join(folder, "postgres")) && existsSync(join(folder, "initdb")));
  if (here !== undefined) return { bin: here, env: {} };
  const { find, env } = await debian("postgres", ["postgresql"], onlyCached);
  return { bin: find("usr/lib/postgresql/*/bin"), env };
}

/** A new cluster in `data`, with the user `flowctl` and no password; gives whom its server must run as. */
export function makeCluster({ bin, env }, data) {
  // PostgreSQL refuses to run as root: Debian's image has a user for it, and `nobody` is everywhere.
  const who = process.getuid?.() === 0 ? userOf("postgres") ?? userOf("nobody") : {};
  if (who.uid !== undefined) chownSync(dirname(data), who.uid, who.gid);
  if (!existsSync(data)) run(join(bin, "initdb"), ["-D", data, "-U", "flowctl", "-A", "trust", "-E", "UTF8"], { ...who, cwd: dirname(data), env: { ...process.env, ...env } });
  return who;
}

function userOf(name) {
  try {
    const [uid, gid] = ["-u", "-g"].map((flag) => Number(run("id", [flag, name])));
    return { uid, gid };
  } catch {
    return undefined;
  }
}

/** What a client of protocol 3 says first. */
const HELLO = Buffer.from("\0\0\0\x28\0\x03\0\0user\0flowctl\0database\0postgres\0\0", "latin1");

/** `cannot_connect_now` (https://www.postgresql.org/docs/current/errcodes-appendix.html) */
const STARTS_UP = "C57P03";

export const postgres = {
  prepare: postgresPrograms,
  launch({ program, folder, ports: [port] }) {
    const data = join(folder, "data");
    const who = makeCluster(program, data);
    const settings = ["listen_addresses=127.0.0.1", `port=${port}`, "max_connections=200"].flatMap((setting) => ["-c", setting]);
    return { command: join(program.bin, "postgres"), args: ["-D", data, "-k", folder, ...settings], env: program.env, who, cwd: folder };
  },
  // One that recovers takes connections, and says to whoever wants in that it starts up.
  async answers([port]) {
    const said = await ask(port, HELLO);
    return said !== null && !String(said).includes(STARTS_UP);
  },
  url: ([port]) => `postgresql://flowctl@127.0.0.1:${port}/postgres`,
  // Fast: open connections are ended.
  stopSignal: "SIGINT",
};
