import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

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
  expect((await complete(cwd, "runs", "list", "--state=co")).values).toEqual(["--state=completed", "--state=compensated"]);
  expect((await complete(cwd, "runs", "list", "-o", "")).values).toEqual(["text", "json"]);
  expect((await complete(cwd, "completion", "")).values).toEqual(["bash", "zsh", "fish"]);
  expect(await complete(cwd, "validate", "fl")).toEqual({ values: [], then: ":0" });
  expect(await complete(cwd, "validate", "--strict", "a.yaml", "")).toEqual({ values: [], then: ":0" });
  expect(await complete(cwd, "run", "--input", "")).toEqual({ values: [], then: ":0" });
});

test("profiles of flowctl.yaml, and what explain knows", async () => {
  const cwd = folderWith({ "flowctl.yaml": "flowctl: v1\nprofiles: { offline: {}, online: {}, test: {} }\n" });
  expect(await complete(cwd, "run", "--profile", "o")).toEqual({ values: ["offline", "online"], then: ":4" });
  expect((await complete(cwd, "doctor", "--profile=t")).values).toEqual(["--profile=test"]);
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
});

// What bash-completion gives to the functions of scripts, as far as this one asks for it; a bare bash does without.
const PACKAGE = `_get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur="\${COMP_WORDS[COMP_CWORD]}"; prev="\${COMP_WORDS[COMP_CWORD-1]}"; }\n`;

test.each([["with bash-completion", PACKAGE], ["in a bare bash", ""]])("the script for bash completes a line as somebody types it, %s", async (_where, before) => {
  const cwd = folderWith();
  const bin = join(cwd, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "flowctl"), `#!/bin/sh\nexec "${process.execPath}" "${resolve("bin/flowctl.js")}" "$@"\n`);
  chmodSync(join(bin, "flowctl"), 0o755);
  const { stdout: script } = await flowctl(["completion", "bash"]);
  const typed = `${before}${script}
compopt() { :; }
COMP_WORDS=(flowctl runs list --state pa); COMP_CWORD=4
__flowctl_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", typed], { cwd, encoding: "utf8", env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` } });
  expect({ stdout: stdout.trim().split(/\s+/)[0], stderr }).toEqual({ stdout: "parked", stderr: "" });
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
