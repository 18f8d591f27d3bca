// What bench/peers measures, each in a process of its own, installed beside it on first use.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What `script` of the peer prints. */
export function peer(name, script, ...args) {
  const cwd = fileURLToPath(new URL(`./peers/${name}/`, import.meta.url));
  const run = (command, words) => {
    const { status, stdout, error } = spawnSync(command, words, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, RESTATE_LOGGING: "ERROR" } });
    if (status !== 0) throw error ?? new Error(`${name}: ${command} ${words.join(" ")} ended with ${status}`);
    return stdout;
  };
  if (!existsSync(`${cwd}node_modules`)) run("npm", ["ci", "--ignore-scripts", "--silent"]);
  return JSON.parse(run(process.execPath, ["--disable-warning=DeprecationWarning", script, ...args]));
}
