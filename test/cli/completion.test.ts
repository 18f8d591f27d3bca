import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { startPty } from "../support/pty.js";

const complete = async (cwd: string, ...words: string[]) => {
  const { status, stdout, stderr } = await flowctl(["complete", "--", ...words], { cwd });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  return { values: lines.slice(0, -1).map((line) => line.split("\t")[0]), then: lines.at(-1) };
};

test("commands, subcommands, options and their values; files where a path can stand", async () => {
  const cwd = folderWith();
  expect((await complete(cwd, "")).values).toEqual(expect.arrayContaining(["validate", "run", "runs", "topics", "dlq", "doctor", "completion"]));
  expect((await complete(cwd, "")).values).not.toContain("complete");
  expect(await complete(cwd, "ru")).toEqual({ values: ["run", "runs"], then: ":4" });
  expect((await complete(cwd, "runs", "re")).values).toEqual(["retry", "reject", "resolve"]);
  expect((await complete(cwd, "runs", "list", "--st")).values).toEqual(["--state"]);
  expect((await complete(cwd, "runs", "list", "--state", "pa")).values).toEqual(["parked"]);
  expect((await complete(cwd, "runs", "list", "-o", "")).values).toEqual(["text", "json"]);
  expect((await complete(cwd, "completion", "")).values).toEqual(["bash", "zsh", "fish"]);
  expect(await complete(cwd, "validate", "fl")).toEqual({ values: [], then: ":0" });
  expect(await complete(cwd, "validate", "--strict", "a.yaml", "")).toEqual({ values: [], then: ":0" });
  expect(await complete(cwd, "run", "--input", "")).toEqual({ values: [], then: ":0" });
});

test("a value behind a = is completed alone", async () => {
  const cwd = folderWith();
  expect((await complete(cwd, "runs", "list", "--state=co")).values).toEqual(["completed", "compensated"]);
  // As bash splits it.
  expect((await complete(cwd, "runs", "list", "--state", "=")).values).toContain("running");
  expect((await complete(cwd, "runs", "list", "--state", "=", "pa")).values).toEqual(["parked"]);
  expect((await complete(cwd, "runs", "list", "--state", "=", "parked", "--li")).values).toEqual(["--limit"]);
});

test("profiles of flowctl.yaml, and what explain knows", async () => {
  const cwd = folderWith({ "flowctl.yaml": "flowctl: v1\nprofiles: { offline: {}, online: {}, test: {} }\n" });
  expect(await complete(cwd, "run", "--profile", "o")).toEqual({ values: ["offline", "online"], then: ":4" });
  expect((await complete(cwd, "doctor", "--profile=t")).values).toEqual(["test"]);
  expect(await complete(folderWith(), "run", "--profile", "")).toEqual({ values: [], then: ":4" });
  expect((await complete(cwd, "explain", "FC310")).values).toContain("FC3101");
  expect((await complete(cwd, "explain", "pol")).values).toEqual(["policies"]);
  expect((await complete(cwd, "explain", "on.de")).values).toEqual(["on.dedupe"]);
});

test("runs and topics that there are; nothing, and no error, where there is no database", async () => {
  const cwd = folderWith({ "flow.yaml": "flowctl: v1\nflow: copy\ntopics: { a: { message: { fields: { n: integer } } } }\non: a\nsteps: [ { ask: { question: Go on?, output: { fields: { approved: boolean } } } } ]\n" });
  expect(await complete(cwd, "runs", "show", "")).toEqual({ values: [], then: ":4" });
  expect((await flowctl(["run", ".", "-i", '{"n":1}'], { cwd })).status).toBe(4);
  const [row] = JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout);
  expect((await complete(cwd, "runs", "approve", row.run.slice(0, 3))).values).toEqual([row.run]);
  expect((await complete(cwd, "topics", "tail", "")).values).toContain("a");
  expect((await complete(cwd, "runs", "list", "--flow", "")).values).toEqual(["copy"]);
  // Where the runs of the profile are that the line names.
  writeFileSync(join(cwd, "flowctl.yaml"), "flowctl: v1\nprofiles: { away: { store: sqlite:away.db }, here: {} }\n");
  for (const words of [["--profile", "away"], ["--profile=away"], ["--profile", "=", "away"]]) expect((await complete(cwd, "runs", "show", ...words, "")).values).toEqual([]);
  expect((await complete(cwd, "runs", "show", "--profile", "here", "")).values).toEqual([row.run]);
});

/** A folder with profiles, and a `flowctl` for the shells' scripts to ask. */
function typing(): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
  const cwd = folderWith({ "flowctl.yaml": "flowctl: v1\nprofiles: { offline: {}, online: {} }\n", "flow.yaml": "" });
  const bin = join(cwd, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "flowctl"), `#!/bin/sh\nexec "${process.execPath}" "${resolve("bin/flowctl.js")}" "$@"\n`);
  chmodSync(join(bin, "flowctl"), 0o755);
  return { cwd, env: { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` } };
}

test.each([
  [["runs", "list", "--state", "pa"], ["parked"]],
  [["runs", "list", "--state", "=", "pa"], ["parked"]],
  [["run", "--profile", "="], ["offline", "online"]],
  [["topics", "publish", "a", '"$(touch ran)"', "--ke"], ["--key"]],
])("the script for bash completes a line as somebody types it, and runs nothing of it: %j", async (words, expected) => {
  const { cwd, env } = typing();
  const { stdout: script } = await flowctl(["completion", "bash"]);
  const typed = `${script}\nCOMP_WORDS=(flowctl ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}\n__flowctl_complete; printf '%s\\n' "\${COMPREPLY[@]}"; ls`;
  const { stdout, stderr } = spawnSync("bash", ["-c", typed], { cwd, encoding: "utf8", env: { ...process.env, ...env } });
  expect(stdout.trim().split("\n")).toEqual([...expected, "bin", "flow.yaml", "flowctl.yaml"]);
  expect(stderr.replace(/.*compopt: not currently executing.*\n/g, "")).toBe("");
});

test("bash itself, on a terminal: a value behind a =, and a file", async () => {
  const { cwd, env } = typing();
  const { stdout: script } = await flowctl(["completion", "bash"]);
  writeFileSync(join(cwd, "script"), `PS1='> '; bind 'set bell-style none'\n${script}`);
  const shell = startPty("bash", ["--noprofile", "--rcfile", "script", "-i"], { cwd, env });
  await shell.shows("> ");
  shell.press("flowctl run --profile=of\t");
  await shell.shows("--profile=offline");
  shell.press("flow.\t");
  await shell.shows("flow.yaml");
});

test.each(["zsh", "fish"])("the script for %s asks flowctl", async (shell) => {
  const { status, stdout } = await flowctl(["completion", shell]);
  expect(status).toBe(0);
  expect(stdout).toContain("flowctl complete --");
});

test("another shell is a usage error", async () => {
  const { status, stderr } = await flowctl(["completion", "tcsh"]);
  expect(status).toBe(2);
  expect(stderr).toContain("bash, zsh, fish");
});
