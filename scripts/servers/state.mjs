// `.cache/servers.json`: { [name]: { url, pid, mark, ports } }; `mark` is in the command line of the process.
// FLOWCTL_SERVERS names another set beside it, for those who kill servers while others use them.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
/** Its name. */
export const set = () => process.env.FLOWCTL_SERVERS ?? "servers";
const file = () => join(PROJECT, ".cache", `${set()}.json`);

export function readState() {
  try {
    return JSON.parse(readFileSync(file(), "utf8"));
  } catch {
    return {};
  }
}

export function writeState(name, entry) {
  const { [name]: _, ...others } = readState();
  const state = entry === undefined ? others : { ...others, [name]: entry };
  if (Object.keys(state).length === 0) return rmSync(file(), { force: true });
  mkdirSync(dirname(file()), { recursive: true });
  writeFileSync(`${file()}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file()}.new`, file());
}
