import { spawn, spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { until } from "./port.mjs";

/** Starts a process that outlives this one. */
export function start({ command, args, log, env, who = {}, cwd }) {
  const out = openSync(log, "a");
  const child = spawn(command, args, { detached: true, stdio: ["ignore", out, out], env: { ...process.env, ...env }, cwd, ...who });
  child.on("error", () => undefined);
  child.unref();
  return child;
}

/** Whether the process is there and is the one that was started: another may have its number by now. */
export function running(pid, mark) {
  const { stdout } = spawnSync("ps", ["-ww", "-o", "stat=,args=", "-p", String(pid)], { encoding: "utf8" });
  return typeof stdout === "string" && !stdout.startsWith("Z") && stdout.includes(mark);
}

export async function stop(pid, mark, signal) {
  process.kill(pid, signal);
  const patience = Date.now() + 15_000;
  await until(() => !running(pid, mark), 30_000, () => {
    if (Date.now() > patience) process.kill(pid, "SIGKILL");
    return null;
  });
}
