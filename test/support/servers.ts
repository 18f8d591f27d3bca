import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe } from "vitest";

export type ServerName = "nats" | "kafka" | "redis" | "postgres";

/** Where `npm run servers` keeps what it started. */
const STATE = new URL("../../.cache/servers.json", import.meta.url);

/** Where the server of the tests listens: FLOWCTL_NATS_URL and so on, else what `npm run servers` has started; null: nowhere. */
function serverUrl(name: ServerName): string | null {
  const given = process.env[`FLOWCTL_${name.toUpperCase()}_URL`];
  if (given !== undefined) return given;
  const state: Partial<Record<ServerName, { readonly url: string; readonly pid: number; readonly mark: string }>> = existsSync(STATE) ? JSON.parse(readFileSync(STATE, "utf8")) : {};
  const entry = state[name];
  if (entry === undefined) return null;
  const { stdout } = spawnSync("ps", ["-ww", "-o", "args=", "-p", String(entry.pid)], { encoding: "utf8" });
  return stdout.includes(entry.mark) ? entry.url : null;
}

/** Whether tests that need a server fail without it: `all`, or names with commas. CI sets it. */
function required(name: ServerName): boolean {
  const words = (process.env["FLOWCTL_REQUIRE_SERVERS"] ?? "").split(",");
  return words.includes("all") || words.includes(name);
}

/** Tests on a real server, skipped where it is not up. */
export function describeOn(name: ServerName, title: string, tests: (url: string) => void): void {
  const url = serverUrl(name);
  if (url !== null) {
    describe(title, () => tests(url));
    return;
  }
  if (required(name)) throw new Error(`these tests need ${name}: npm run servers -- up ${name}`);
  process.stderr.write(`skipped: ${title} (no ${name} here: npm run servers -- up ${name})\n`);
  describe.skip(title, () => tests(`${name}://127.0.0.1:1`));
}
