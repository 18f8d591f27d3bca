// Servers of this working copy. Where they listen is in `.cache/servers.json`, which tests read.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Missing } from "./cache.mjs";
import { kafka } from "./kafka.mjs";
import { nats } from "./nats.mjs";
import { freePort, until } from "./port.mjs";
import { postgres } from "./postgres.mjs";
import { running, start, stop } from "./process.mjs";
import { redis } from "./redis.mjs";
import { PROJECT, readState, set, writeState } from "./state.mjs";

/**
 * A server: `prepare(cached)` gives where its program is, or throws `Missing`; `launch({ program, folder, ports })` writes
 * its settings into its folder and says how it is started; `answers(ports)` whether it serves; `url(ports)` where.
 */
const servers = { nats, kafka, redis, postgres };

export const KINDS = Object.keys(servers);

/** Long enough for a JVM on a busy machine, ms. */
const START_MS = 120_000;

/** Where its data is. Not in the working copy: a PostgreSQL that root starts runs as another user. */
const folderOf = (name) => join(tmpdir(), `flowctl-${set()}-${createHash("sha256").update(PROJECT).digest("hex").slice(0, 12)}`, name);

/** Its address, or why it cannot be had. One that died comes back where it was, with what it had stored. */
export async function up(name, { cached = false } = {}) {
  const known = status(name);
  if (known !== null) return { url: known };
  const server = servers[name];
  try {
    const program = await server.prepare(cached);
    const folder = folderOf(name);
    mkdirSync(folder, { recursive: true });
    const ports = readState()[name]?.ports ?? [await freePort(), await freePort()];
    const child = start({ ...(await server.launch({ program, folder, ports })), log: join(folder, "log") });
    const url = server.url(ports);
    writeState(name, { url, pid: child.pid, mark: folder, ports });
    await until(() => server.answers(ports), START_MS, () => (running(child.pid, folder) ? null : `${name} ended; its last lines are in ${join(folder, "log")}`));
    return { url };
  } catch (error) {
    if (error instanceof Missing) return { why: error.message };
    throw error;
  }
}

/** Its address when it runs, else null. */
export function status(name) {
  const entry = readState()[name];
  return entry !== undefined && running(entry.pid, entry.mark) ? entry.url : null;
}

/** Stops what `up` started and removes its data; gives where it was, or null. */
export async function down(name) {
  const url = status(name);
  const entry = readState()[name];
  if (url !== null) await stop(entry.pid, entry.mark, servers[name].stopSignal ?? "SIGTERM");
  if (entry !== undefined) rmSync(entry.mark, { recursive: true, force: true });
  writeState(name, undefined);
  return url;
}
