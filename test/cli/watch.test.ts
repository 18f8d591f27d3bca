import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { folderWith } from "../support/folder.js";
import { serving } from "../support/serving.js";

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

test("--watch into a log of the flows' own folder: its lines are no saves", async () => {
  const cwd = folderWith({ "flow.yaml": flow("msg.n > 1"), "check.log": "" });
  const log = openSync(join(cwd, "check.log"), "w");
  const child = spawn(process.execPath, [fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url)), "validate", ".", "--watch"], { cwd, stdio: ["ignore", log, log], env: { ...process.env, NO_COLOR: "1" } });
  closeSync(log);
  const ended = once(child, "exit");
  const said = (text: string): number => readFileSync(join(cwd, "check.log"), "utf8").split(text).length - 1;
  try {
    await expect.poll(() => said("watching"), WAIT).toBe(1);
    for (let line = 0; line < 20; line += 1) writeFileSync(join(cwd, "other.log"), `${line}\n`);
    // A save is heard after those lines were.
    writeFileSync(join(cwd, "flow.yaml"), flow("msg.m > 1"));
    await expect.poll(() => said("watching"), WAIT).toBe(2);
    // Where a line of the log was a save there is another check by now, without one never.
    writeFileSync(join(cwd, "new.yaml"), flow("msg.n > 2").replace("watched", "another"));
    await expect.poll(() => said("watching"), WAIT).toBe(3);
  } finally {
    child.kill("SIGINT");
  }
  expect(await ended).toEqual([130, null]);
  expect(said("watching")).toBe(3);
});

test("run --watch: errors are told once, whatever else is written into the folder; what is mended is taken", async () => {
  const cwd = folderWith({ "flow.yaml": flow("msg.n > 1") });
  await using server = await serving(cwd, ["flow.yaml", "--watch"]);
  writeFileSync(join(cwd, "flow.yaml"), flow("msg.m > 1"));
  await expect.poll(server.stderr, WAIT).toContain("the flows go on as they were");
  // A log, such as this process's own: each write is an event of the folder.
  for (let line = 0; line < 20; line += 1) writeFileSync(join(cwd, "flowctl.log"), `${line}\n`);
  writeFileSync(join(cwd, "flow.yaml"), flow("msg.n > 2"));
  await expect.poll(server.stderr, WAIT).toContain("new runs of `watched` take version");
  expect(server.stderr().split("the flows go on as they were")).toHaveLength(2);
  writeFileSync(join(cwd, "flow.yaml"), flow("msg.m > 1"));
  await expect.poll(() => server.stderr().split("the flows go on as they were").length, WAIT).toBe(3);
  expect(await server.stop()).toBe(130);
});
const WAIT = { timeout: 30_000 };
