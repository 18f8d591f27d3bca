// A project of its own, served by processes of the built command, as its users run it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const command = new URL("../bin/flowctl.js", import.meta.url).pathname;

/** `files`: name → text. */
export function project(files) {
  const cwd = mkdtempSync(join(tmpdir(), "flowctl-bench-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  execFileSync(process.execPath, [command, "topics", "apply", "--yes"], { cwd, stdio: "ignore" });
  return {
    /** `flowctl run`, once it serves; gives what ends it. */
    async serve() {
      const child = spawn(process.execPath, [command, "run"], { cwd, stdio: ["ignore", "ignore", "pipe"] });
      const ended = once(child, "close");
      // Also where the case fails: who serves goes on by itself.
      const end = () => child.kill();
      process.once("exit", end);
      child.once("close", () => process.off("exit", end));
      const up = Promise.withResolvers();
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text) => {
        said += text;
        if (said.includes("serving ")) up.resolve();
      });
      ended.then(() => up.reject(new Error(`flowctl run ended: ${said}`)));
      await up.promise;
      return async () => {
        child.kill("SIGTERM");
        await ended;
      };
    },
    close: () => rmSync(cwd, { recursive: true, force: true }),
  };
}
