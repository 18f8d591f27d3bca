import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { folderWith } from "../support/folder.js";

const flow = (where: string): string => `flowctl: v1
flow: watched
topics: { a: { message: { fields: { n: integer } } }, b: {} }
on: { topic: a, where: ${where} }
steps: [ { emit: b, with: "\${input}" } ]
`;

test("--watch checks again after a save, and ends with 130", async () => {
  const cwd = folderWith({ "flow.yaml": flow("msg.n > 1") });
  const child = spawn(process.execPath, [fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url)), "validate", "flow.yaml", "--watch"], { cwd, env: { ...process.env, NO_COLOR: "1" } });
  const ended = once(child, "exit");
  try {
    const stdout = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const stderr = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    expect((await stdout.next()).value).toBe("no problems in 1 file");
    // It says so when it watches: a save before that would be missed.
    expect((await stderr.next()).value).toMatch(/watching 1 folder/);
    writeFileSync(join(cwd, "flow.yaml"), flow("msg.m > 1"));
    expect((await stdout.next()).value).toMatch(/^flow\.yaml:4:28: error\[FC3101\]/);
    expect((await stderr.next()).value).toMatch(/watching/);
    writeFileSync(join(cwd, "flow.yaml"), flow("msg.n > 2"));
    for (let line = await stdout.next(); line.value !== "no problems in 1 file"; line = await stdout.next()) expect(line.done).toBe(false);
  } finally {
    child.kill("SIGINT");
  }
  expect(await ended).toEqual([130, null]);
});
