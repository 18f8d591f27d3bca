import { spawnSync } from "node:child_process";

/** What the command prints; its complaints are the error. */
export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26, ...options });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(" ")}: ${stderr.trim() || `ended with ${status}`}`);
  return stdout;
}
