import { readFileSync } from "node:fs";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { flowctl } from "../support/cli.js";

const COMMANDS = ["init", "validate", "run", "runs", "topics", "dlq", "tables", "trace", "graph", "plan", "explain", "schema", "fmt", "doctor", "backup", "completion"];
const GROUPS = {
  runs: ["list", "show", "logs", "fork", "diff", "cancel", "retry", "approve", "reject", "answer", "signal", "resolve", "skip", "prune", "purge"],
  topics: ["list", "lag", "tail", "publish", "apply"],
  tables: ["list", "get"],
  dlq: ["list", "show", "redrive"],
};
const page = readFileSync("docs/command-line.md", "utf8");

test("the help lists every command, with examples and exit codes", async () => {
  const { status, stdout, stderr } = await flowctl(["--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const listed = [...stdout.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name).filter((name) => name !== "help");
  expect(listed.toSorted()).toEqual(COMMANDS.toSorted());
  expect(stdout).toContain("Examples:\n  $ flowctl init");
  expect(stdout).toContain("Exit codes: 0 ok");
});

describe.each(COMMANDS)("%s", (command) => {
  test("has an example, and every option stands on the page of the command line", async () => {
    const { status, stdout } = await flowctl([command, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain(`Examples:\n  $ flowctl ${command}`);
    const section = page.split(/^## /m).find((text) => text.startsWith(`${command}\n`)) ?? "";
    expect(section).toContain(`\`flowctl ${command}`);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option);
    expect(options).toContain("--help");
    for (const option of options) if (option !== "--help") expect(section).toContain(option);
  });
});

describe.each(Object.entries(GROUPS))("%s", (group, names) => {
  test("lists its commands", async () => {
    const { stdout } = await flowctl([group, "--help"]);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map(([, name]) => name).filter((name) => name !== "help");
    expect(listed).toEqual(names);
    expect(await flowctl([group])).toMatchObject({ status: 2, stdout: "" });
  });
  test.each(names)("%s has an example, and every option stands on the page", async (name) => {
    const { status, stdout } = await flowctl([group, name, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain(`Examples:\n  $ flowctl ${group} ${name}`);
    const section = page.split(/^## /m).find((text) => text.startsWith(`${group}\n`)) ?? "";
    expect(section).toContain(`\`${group} ${name}`);
    for (const [, option = ""] of stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)) if (option !== "--help") expect(section).toContain(option);
  });
});

test("--version prints the package's version", async () => {
  const { version }: { version: string } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(await flowctl(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
});

test("an unknown command or option is exit 2, with what was probably meant", async () => {
  const command = await flowctl(["validte"]);
  expect(command).toMatchObject({ status: 2, stdout: "" });
  expect(command.stderr).toMatch(/^flowctl: unknown command 'validte'\n\(Did you mean validate\?\)/);
  const option = await flowctl(["validate", "--stric"]);
  expect(option).toMatchObject({ status: 2, stdout: "" });
  expect(option.stderr).toMatch(/^flowctl: unknown option '--stric'\n\(Did you mean --strict\?\)/);
  expect((await flowctl(["graph"])).status).toBe(2);
});

test("an older Node.js gets one line and what to do", async () => {
  const older = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.11.1"})';
  const bin = fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url));
  await expect(promisify(execFile)(process.execPath, ["--import", older, bin, "validate"])).rejects.toMatchObject({
    code: 2,
    stdout: "",
    stderr: "flowctl needs Node.js 24 or newer; this is 20.11.1.\n  hint: install it from https://nodejs.org or with a version manager (`nvm install 24`), so that `node` on the path is that one\n",
  });
});
