import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const FLOWCTL = new URL("../../bin/flowctl.js", import.meta.url).pathname;
const FLOW = `flowctl: v1
flow: { id: release, version: 1.0.0 }
types:
  Release: { fields: { name: string } }
  Decision: { fields: { approved: boolean } }
topics: { releases: { message: Decision } }
on: { manual: {} }
input: Release
steps:
  - { id: ok, ask: { question: "Release \${input.name}?", output: Decision } }
  - { emit: releases, with: { approved: "\${steps.ok.approved}" } }
`;

async function parked(): Promise<{ readonly folder: string; readonly run: string }> {
  const folder = folderWith({ "flowctl.yaml": "flowctl: v1\nflows: [flow.yaml]\n", "flow.yaml": FLOW });
  const { stdout } = await flowctl(["run", "-i", '{ "name": "9.1" }'], { cwd: folder });
  const [line] = jsonLines<{ run: string }>(stdout);
  return { folder, run: line?.run ?? "" };
}

test("trace of a run in a pipe is its log", async () => {
  const { folder, run } = await parked();
  const text = await flowctl(["trace", run.slice(0, 8)], { cwd: folder });
  expect(text.status).toBe(0);
  expect(text.stdout).toMatch(/run\.admitted[^]*wait\.opened +ok[^]*run\.parked/);
  const json = await flowctl(["trace", run, "-o", "json"], { cwd: folder });
  expect(jsonLines<{ seq: number }>(json.stdout).map(({ seq }) => seq)).toEqual(jsonLines(json.stdout).map((_, index) => index));
});

const ECHO = `flowctl: v1
flow: { id: echo, version: 1.0.0 }
topics:
  heard: { message: { fields: { n: integer } } }
on: heard
steps:
  - { id: ok, ask: { question: "Is \${input.n} fine?", output: { fields: { approved: boolean } } } }
`;

test("trace in a pipe follows who serves, and ends with them; alone it says that nothing happens", async () => {
  const { folder } = await parked();
  const alone = await flowctl(["trace"], { cwd: folder });
  expect(alone).toMatchObject({ status: 1, stdout: "" });
  expect(alone.stderr).toContain("nobody serves");

  writeFileSync(join(folder, "flow.yaml"), ECHO);
  const serve = spawn(process.execPath, [FLOWCTL, "run", "--no-tui"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void serve.kill("SIGKILL"));
  for await (const line of createInterface(serve.stderr)) if (line.includes("serving")) break;
  const trace = spawn(process.execPath, [FLOWCTL, "trace"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void trace.kill("SIGKILL"));
  const ended = once(trace, "close");
  let heard = "";
  trace.stdout.setEncoding("utf8").on("data", (text: string) => (heard += text));
  // From when on it listens nobody says: there is something to hear until it is heard.
  for (let n = 0; !heard.includes("run.parked"); n += 1) {
    expect((await flowctl(["topics", "publish", "heard", JSON.stringify({ n })], { cwd: folder })).status).toBe(0);
  }
  let said = "";
  trace.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  expect(heard).toMatch(/[a-z2-7]{26} {2}\S+Z {2}wait\.opened +ok/);
  serve.kill("SIGTERM");
  await ended;
  expect(said).toBe("flowctl: the process that served has ended\n");
});
