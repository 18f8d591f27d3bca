import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Project } from "./project.js";

/** A process that serves the project's flows. */
export interface Serving {
  /** Ms until it served. Rejects when it ended before. */
  readonly ready: Promise<number>;
  readonly log: string;
  /** Its exit status when it has ended by itself. */
  ended(): number | null;
  /** kill -9; what it ended with where it had ended by itself. */
  kill(): Promise<"killed" | number | null>;
  /** SIGSTOP or SIGCONT. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** SIGTERM; its exit status. */
  stop(): Promise<number | null>;
}

let started = 0;

export function startServing(project: Project): Serving {
  started += 1;
  const log = join(project.folder, "logs", `${String(started).padStart(4, "0")}.log`);
  const file = openSync(log, "w");
  const began = performance.now();
  const child = spawn(process.execPath, [resolve("bin/flowctl.js"), "run", ...project.flows], { cwd: project.folder, env: project.env, stdio: ["ignore", file, file] });
  closeSync(file);
  const exit = once(child, "exit");
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const ready = untilServing(log, ended).then(() => performance.now() - began);
  // A kill while it starts is nobody's failure.
  ready.catch(() => undefined);
  return {
    ready,
    log,
    ended: () => child.exitCode,
    async kill() {
      if (child.exitCode !== null) return child.exitCode;
      child.kill("SIGKILL");
      await exit;
      return child.signalCode === "SIGKILL" ? "killed" : child.exitCode;
    },
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill("SIGTERM");
      await exit;
      return child.exitCode;
    },
  };
}

/** It says so in its log: to ask it would take the time that it needs to start. */
async function untilServing(log: string, ended: () => boolean): Promise<void> {
  while (!readFileSync(log, "utf8").includes("serving ")) {
    if (ended()) throw new Error(`the process ended before it served: ${readFileSync(log, "utf8").slice(-600)}`);
    await pause(20);
  }
}
