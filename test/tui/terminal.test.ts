import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { startPty, type Pty } from "../support/pty.js";

const FLOWCTL = new URL("../../bin/flowctl.js", import.meta.url).pathname;

const FLOW = `flowctl: v1
flow: { id: release, version: 1.0.0 }
types:
  Release: { fields: { name: string } }
  Decision: { fields: { approved: boolean } }
topics:
  releases: { message: Decision }
on: { manual: {} }
input: Release

steps:
  - id: ok
    ask: { question: "Release \${input.name}?", output: Decision }
  - emit: releases
    with: { approved: "\${steps.ok.approved}" }
`;

/** A folder where one run waits for a person. */
async function parkedRun(): Promise<string> {
  const folder = folderWith({ "flowctl.yaml": "flowctl: v1\nflows: [flow.yaml]\n", "flow.yaml": FLOW });
  const { status, stderr } = await flowctl(["run", "-i", '{ "name": "9.1" }'], { cwd: folder });
  expect(stderr).toContain("1 waiting)");
  expect(status).toBe(4);
  return folder;
}

const open = (folder: string, ...args: readonly string[]): Pty => startPty(process.execPath, [FLOWCTL, ...args], { cwd: folder });

test("trace: a run is found, looked at and approved; the serving process ends it; each leaves the terminal as it was", async () => {
  const folder = await parkedRun();
  const trace = open(folder, "trace");
  expect(await trace.shows("ok: Release 9.1?")).toContain("1 parked");
  trace.press("\r");
  await trace.shows("asks Release 9.1?");
  trace.press("a");
  await trace.shows('{"approved":true}');
  trace.press("\r");
  await trace.shows("answered");
  trace.press("qq");
  expect(await trace.exit).toMatchObject({ status: 0 });
  expect(trace.isTaken()).toBe(false);

  const serve = open(folder, "run");
  await serve.shows("completed");
  await serve.shows("serving release");
  serve.press("q");
  expect(await serve.exit).toMatchObject({ status: 0 });
  expect(serve.isTaken()).toBe(false);
  expect(serve.text()).toContain("serving `release`");
});

test("a terminal that draws nothing gets log lines", async () => {
  const folder = await parkedRun();
  // The library names the terminal by itself.
  const serve = startPty("env", ["TERM=dumb", process.execPath, FLOWCTL, "run"], { cwd: folder });
  await serve.shows("flowctl: serving `release`");
  expect(serve.written()).not.toContain("\u001b[?1049h");
  serve.press("\u0003");
  expect(await serve.exit).toMatchObject({ status: 130 });
});

test("trace stays while processes that serve come and go", async () => {
  const folder = await parkedRun();
  const trace = open(folder, "trace");
  await trace.shows("nobody serves");
  const serve = open(folder, "run");
  await serve.shows("1 parked");
  await trace.shows("serving release");
  trace.press("a");
  await trace.shows('{"approved":true}');
  trace.press("\r");
  await trace.shows("1 ended");
  serve.press("q");
  expect(await serve.exit).toMatchObject({ status: 0 });
  await trace.shows("nobody serves");
  trace.press("q");
  expect(await trace.exit).toMatchObject({ status: 0 });
});

test("the terminal is left as it was by Ctrl-C, by SIGTERM and by a shell that continues", async () => {
  const folder = await parkedRun();
  const cut = open(folder, "trace");
  await cut.shows("1 parked");
  expect(cut.isTaken()).toBe(true);
  cut.press("\u0003");
  expect(await cut.exit).toMatchObject({ status: 130 });
  expect(cut.isTaken()).toBe(false);

  const ended = open(folder, "trace");
  await ended.shows("1 parked");
  process.kill(ended.pid, "SIGTERM");
  expect((await ended.exit).signal).toBe(15);
  expect(ended.isTaken()).toBe(false);

  const shell = startPty("sh", ["-c", `echo before; '${process.execPath}' '${FLOWCTL}' trace; stty -a; echo after`], { cwd: folder });
  await shell.shows("1 parked");
  shell.press("q");
  await shell.exit;
  expect(shell.text()).toMatch(/before[^]*after/);
  // Lines are edited and echoed by the terminal again.
  expect(shell.text()).toMatch(/[^-]icanon/);
  expect(shell.text()).toMatch(/[^-]echo /);
});

test("a crash leaves the terminal as it was and says what it was; a terminal that goes away takes the process with it", async () => {
  const folder = await parkedRun();
  const bomb = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("boom")})';
  const crashed = startPty(process.execPath, ["--import", bomb, FLOWCTL, "trace"], { cwd: folder });
  await crashed.shows("1 parked");
  process.kill(crashed.pid, "SIGUSR2");
  expect((await crashed.exit).status).not.toBe(0);
  expect(crashed.isTaken()).toBe(false);
  expect(crashed.text()).toContain("boom");

  const left = open(folder, "trace");
  await left.shows("1 parked");
  process.kill(left.pid, "SIGHUP");
  expect((await left.exit).signal).toBe(1);
});

test("Ctrl-Z gives the terminal to the shell, and fg takes it back", async () => {
  const folder = await parkedRun();
  const shell = startPty("sh", ["-i"], { cwd: folder, env: { PS1: "ready$ ", ENV: "" } });
  await shell.shows("ready$");
  shell.press(`'${process.execPath}' '${FLOWCTL}' trace\r`);
  await shell.shows("1 parked");
  shell.press("\u001a");
  await shell.shows(/Stopped|Suspended/);
  expect(shell.isTaken()).toBe(false);
  shell.press("fg\r");
  await shell.shows("1 parked");
  shell.press("?");
  await shell.shows("ctrl-z");
  shell.press("?q");
  await shell.shows((text) => text.trimEnd().endsWith("ready$"));
  shell.press("exit\r");
  await shell.exit;
});

test("a terminal that is small, and one that becomes so", async () => {
  const folder = await parkedRun();
  const trace = startPty(process.execPath, [FLOWCTL, "trace"], { cwd: folder, columns: 60, rows: 15 });
  await trace.shows("parked");
  trace.press("\r");
  // Of the run's own screen: the list has the flow's name too.
  await trace.shows("◆ ok");
  trace.resize(40, 8);
  trace.press("\t");
  await trace.shows("asks Release 9.1?");
  trace.resize(120, 40);
  await trace.shows(/release[^]*│[^]*asks Release/);
  trace.press("qq");
  expect(await trace.exit).toMatchObject({ status: 0 });
});
