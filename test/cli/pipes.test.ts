import { spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const bin = fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url));
const FLOW = `flowctl: v1
flow: double
on: { manual: {} }
input: { fields: { n: number } }
value: { n: "\${input.n * 2}" }
`;

// A pipe between processes of Node.js does not block: what is not there yet is EAGAIN, not a wait.
test("stdin from a writer that is slower than we are", async () => {
  const cwd = folderWith({ "double.yaml": FLOW });
  const child = spawn(process.execPath, [bin, "run", "double.yaml", "-i", "-"], { cwd });
  const ended = once(child, "exit");
  const stdout = text(child.stdout);
  const stderr = text(child.stderr);
  // As long as two whole runs take, the first one finds nothing to read.
  for (const n of [1, 2]) expect((await flowctl(["run", "double.yaml", "-i", `{"n":${n}}`], { cwd })).status).toBe(0);
  child.stdin.write('{"n":1}\n');
  child.stdin.end('{"n":2}\n');
  const [status] = await ended;
  expect({ status, runs: (await stderr).split("\n")[1] }).toEqual({ status: 0, runs: "runs:         2 (2 completed, 0 failed)" });
  expect(jsonLines(await stdout)).toHaveLength(2);
});

test("a reader that leaves ends the command without a word", async () => {
  const cwd = folderWith({ "double.yaml": FLOW });
  const child = spawn(process.execPath, [bin, "run", "double.yaml", "-i", "-"], { cwd });
  const ended = once(child, "exit");
  const stderr = text(child.stderr);
  child.stdin.end(Array.from({ length: 5000 }, (_, n) => `{"n":${n}}`).join("\n"));
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await ended).toEqual([130, null]);
  expect(await stderr).toBe("");
});

// Each write to it is refused as by a disk that is full.
test.skipIf(!existsSync("/dev/full"))("a log that cannot be written ends nothing, results that cannot be written are told", async () => {
  const cwd = folderWith({ "double.yaml": FLOW });
  const full = openSync("/dev/full", "w");
  const ended = async (stdio: StdioOptions): Promise<readonly [unknown, string]> => {
    const child = spawn(process.execPath, [bin, "run", "double.yaml", "-i", '[{"n":1},{"n":2}]'], { cwd, stdio });
    const said = child.stdout ?? child.stderr;
    const [[status], heard] = await Promise.all([once(child, "exit"), said === null ? "" : text(said)]);
    return [status, heard];
  };
  try {
    const [status, stdout] = await ended(["ignore", "pipe", full]);
    expect({ status, runs: jsonLines(stdout).length }).toEqual({ status: 0, runs: 2 });
    const [refused, stderr] = await ended(["ignore", full, "pipe"]);
    expect({ refused, stderr }).toEqual({ refused: 3, stderr: expect.stringContaining("the output cannot be written: ENOSPC") });
  } finally {
    closeSync(full);
  }
});
