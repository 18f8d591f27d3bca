import { execFile } from "node:child_process";
import { chmodSync, cpSync, writeFileSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { expect, test } from "vitest";
import { startServer } from "../servers/start.js";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { asShown, commands, fences, looks } from "../support/markdown.js";
import { serving, untilPrints } from "../support/serving.js";

/** The flow in one process, the person in others. */
function approvalFolder(): string {
  const cwd = folderWith();
  cpSync("flows/approval", cwd, { recursive: true, filter: (path) => !path.includes(".flowctl") });
  return cwd;
}
const OFFLINE = ["--profile", "offline"];
const posts = async (url: string): Promise<{ announcement: string }[]> => JSON.parse(await (await fetch(`${url}/posts`)).text());
const parked = (cwd: string, many: number) => untilPrints(["runs", "list", "-o", "json", "--state", "parked"], cwd, ({ status, stdout }) => status === 0 && JSON.parse(stdout).length === many);
const decided = (cwd: string, many: number) => untilPrints(["topics", "tail", "announcements.decided", "-o", "json"], cwd, ({ status, stdout }) => status === 0 && stdout.trim().split("\n").length === many);

test("the README's second terminal", async () => {
  await using server = await startServer("demo-server");
  const cwd = approvalFolder();
  const bin = folderWith();
  writeFileSync(`${bin}/flowctl`, `#!/bin/sh\nexec "${process.execPath}" "${resolve("bin/flowctl.js")}" "$@"\n`);
  chmodSync(`${bin}/flowctl`, 0o755);
  await using _ = await serving(cwd, OFFLINE, { PUBLISHER_URL: server.url });
  const shell = (command: string): Promise<string> =>
    new Promise((done) => {
      execFile("sh", ["-c", `exec 2>&1\n${command}`], { cwd, env: { ...process.env, NO_COLOR: "1", PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` } }, (_error, stdout) => done(stdout));
    });
  const shown = fences("flows/approval/README.md").filter(({ lang }) => lang === "console").flatMap(commands);
  expect(shown.length).toBeGreaterThan(5);
  for (const { command, prints } of shown) {
    let lines: readonly string[];
    do lines = (await shell(command)).trimEnd().split("\n");
    while (looks(command) && !asShown(prints, lines));
    expect(asShown(prints, lines) ? prints : lines).toEqual(prints);
  }
  expect((await posts(server.url)).map(({ announcement }) => announcement)).toEqual(["a-1"]);
});

test("killed while a person thinks: the decision waits in the store, the next process publishes once", async () => {
  await using server = await startServer("demo-server");
  const cwd = approvalFolder();
  const env = { PUBLISHER_URL: server.url };
  {
    await using first = await serving(cwd, OFFLINE, env);
    expect(await flowctl(["topics", "publish", "announcements.requested", "data/requests.jsonl"], { cwd })).toMatchObject({ status: 0 });
    await parked(cwd, 2);
    await first.kill();
  }
  const runs: { run: string }[] = JSON.parse((await parked(cwd, 2)).stdout);
  for (const { run } of runs) expect(await flowctl(["runs", "approve", run, "--with", '{"by":"ann"}'], { cwd })).toMatchObject({ status: 0, stdout: expect.stringMatching(/approved; the next `flowctl run` acts on it/) });
  expect(await posts(server.url)).toEqual([]);
  {
    await using second = await serving(cwd, OFFLINE, env);
    await decided(cwd, 2);
    // Asked for once more: it has been decided.
    expect(await flowctl(["topics", "publish", "announcements.requested", "data/requests.jsonl"], { cwd })).toMatchObject({ status: 0 });
    expect(await flowctl(["runs", "approve", runs[0]?.run ?? ""], { cwd })).toMatchObject({ status: 1 });
    expect(await second.stop()).toBe(130);
  }
  expect((await posts(server.url)).map(({ announcement }) => announcement).toSorted()).toEqual(["a-1", "a-2"]);
  expect((await decided(cwd, 2)).status).toBe(0);
});
