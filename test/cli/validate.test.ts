import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const GOOD = `flowctl: v1
flow: good
topics:
  a: { message: { fields: { n: integer } } }
  b: {}
on: a
steps: [ { emit: b, with: "\${input}" } ]
`;
/** Two causes, two errors. */
const BAD = GOOD.replace("flow: good", "flow: bad").replace("on: a", "on: { topic: a, where: msg.m > 1 }").replace("emit: b", "emit: c");
const WARNS = GOOD.replace("  b: {}", "  b: {}\n  unused: {}");
const FIXABLE = GOOD.replace('"${input}"', "${input}");

test("paths: files, folders, everything below, globs, one flow of a file, stdin", async () => {
  const cwd = folderWith({ "one.yaml": GOOD, "below/two.yaml": GOOD.replace("good", "two"), "below/notes.yaml": "just: notes\n", "node_modules/x/three.yaml": BAD });
  const count = async (args: readonly string[], input?: string): Promise<string> => {
    const { status, stdout } = await flowctl(["validate", ...args], input === undefined ? { cwd } : { cwd, input });
    return `${status} ${stdout.trim()}`;
  };
  expect(await count(["one.yaml"])).toBe("0 no problems in 1 file");
  expect(await count(["."])).toBe("0 no problems in 1 file");
  expect(await count(["./..."])).toBe("0 no problems in 2 files");
  expect(await count([])).toBe("0 no problems in 2 files");
  expect(await count(["*.yaml", "below/*.yaml"])).toBe("0 no problems in 2 files");
  expect(await count(["one.yaml#good"])).toBe("0 no problems in 1 file");
  expect(await count(["-"], GOOD)).toBe("0 no problems in 1 file");
});

test("exit 2 for what is not there, is no flow, or cannot be done with stdin", async () => {
  const cwd = folderWith({ "notes.txt": "hello", "sub/readme.md": "" });
  for (const args of [["nowhere.yaml"], ["nowhere/..."], ["sub"], ["*.yml"], ["-", "--fix"], ["-", "--watch"], ["--format", "xml"], ["--profile", "offline"]]) {
    const { status, stdout, stderr } = await flowctl(["validate", ...args], { cwd, input: GOOD });
    expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: "" });
    expect(stderr).toMatch(/^flowctl: .+/);
  }
});

test("json is a list with places from 1", async () => {
  const cwd = folderWith({ "bad.yaml": BAD });
  const { status, stdout } = await flowctl(["validate", "bad.yaml", "--format", "json"], { cwd });
  expect(status).toBe(1);
  const found: unknown = JSON.parse(stdout);
  expect(found).toEqual([
    expect.objectContaining({ code: "FC3101", severity: "error", file: "bad.yaml", line: 6, column: 28, endLine: 6, endColumn: 29, related: expect.any(Array), message: expect.stringContaining("`m`") }),
    expect.objectContaining({ severity: "error", file: "bad.yaml", line: 7, message: expect.stringContaining("`c`") }),
  ]);
  const clean = await flowctl(["validate", "-", "--format", "json"], { cwd, input: GOOD });
  expect(clean).toEqual({ status: 0, stdout: "[]\n", stderr: "" });
});

test("sarif, junit and github parse", async () => {
  const cwd = folderWith({ "bad.yaml": BAD });
  const sarif = await flowctl(["validate", "bad.yaml", "--format", "sarif"], { cwd });
  expect(sarif.status).toBe(1);
  expect(JSON.parse(sarif.stdout)).toMatchObject({
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "flowctl" } }, results: [{ ruleId: "FC3101", level: "error", locations: [{ physicalLocation: { artifactLocation: { uri: "bad.yaml" }, region: { startLine: 6, startColumn: 28 } } }] }, {}] }],
  });
  const junit = await flowctl(["validate", "bad.yaml", "--format", "junit"], { cwd });
  expect(junit.status).toBe(1);
  expect(junit.stdout).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites[\s>]/);
  expect(junit.stdout.match(/<failure\b/g)).toHaveLength(1);
  expect(junit.stdout).toMatch(/<failure[^]*FC3101[^]*<\/failure>/);
  const github = await flowctl(["validate", "bad.yaml", "--format", "github"], { cwd });
  expect(github.status).toBe(1);
  const lines = github.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^::error file=bad\.yaml,line=6,endLine=6,col=28,endColumn=28,title=FC3101::/);
});

test("--strict makes errors of warnings", async () => {
  const cwd = folderWith({ "warns.yaml": WARNS });
  const lax = await flowctl(["validate", "warns.yaml"], { cwd });
  expect(lax.status).toBe(0);
  expect(lax.stdout).toContain("warning[FC5");
  const strict = await flowctl(["validate", "warns.yaml", "--strict"], { cwd });
  expect(strict.status).toBe(1);
  expect(strict.stdout).toContain("error[FC5");
});

test("--fix writes what is certain and checks again", async () => {
  const cwd = folderWith({ "fixable.yaml": FIXABLE });
  expect((await flowctl(["validate", "fixable.yaml"], { cwd })).status).toBe(1);
  const fixed = await flowctl(["validate", "fixable.yaml", "--fix"], { cwd });
  expect(fixed).toEqual({ status: 0, stdout: "no problems in 1 file\n", stderr: "flowctl: wrote 1 fix\n" });
  expect(readFileSync(join(cwd, "fixable.yaml"), "utf8")).toBe(GOOD);
});

test("--fix reaches the end in one run: a tab hides the next one", async () => {
  const spaces = GOOD.replace("steps:", "input:\n  fields:\n    n: integer\nsteps:");
  const cwd = folderWith({ "tabs.yaml": spaces.replaceAll(/^ +/gm, (indent) => "\t".repeat(Math.ceil(indent.length / 2))) });
  const before = readFileSync(join(cwd, "tabs.yaml"), "utf8").match(/^\t+/gm)?.length ?? 0;
  expect(before).toBeGreaterThan(1);
  const fixed = await flowctl(["validate", "tabs.yaml", "--fix"], { cwd });
  expect(fixed.stdout).toBe("no problems in 1 file\n");
  expect(fixed).toEqual({ status: 0, stdout: "no problems in 1 file\n", stderr: `flowctl: wrote ${before} fixes\n` });
  expect(readFileSync(join(cwd, "tabs.yaml"), "utf8")).toBe(spaces);
});

test("a misspelt model of a profile is named, where all flows of the project are looked at", async () => {
  const asks = (name: string, model: string): string => `flowctl: v1\nflow: ${name}\nmodels: { ${model}: { provider: openai, model: gpt-4o-mini, api_key: "\${file:key}" } }\nagents: { a: { model: ${model}, instructions: Hello } }\non: { manual: {} }\ninput: string\nsteps: [ { agent: a } ]\n`;
  const project = (model: string): string => `flowctl: v1\nprofiles:\n  offline: { models: { ${model}: { provider: scripted, model: script, answers: { a: hi } } } }\n`;
  const cwd = folderWith({ key: "k", "one.yaml": asks("one", "small"), "two.yaml": asks("two", "smart"), "flowctl.yaml": project("smal") });
  const wrong = await flowctl(["validate", "--profile", "offline"], { cwd });
  expect(wrong.status).toBe(0);
  expect(wrong.stdout).toContain("flowctl.yaml:3:24: warning[FC3017]: No flow has a model `smal`, so this changes nothing");
  expect(wrong.stdout).toContain("did you mean `small`?");
  // Another flow may have it.
  expect((await flowctl(["validate", "one.yaml", "--profile", "offline"], { cwd })).stdout).not.toContain("FC3017");
  expect((await flowctl(["validate", "--profile", "offline", "--fix"], { cwd })).stdout).not.toContain("FC3017");
});

test("a script or a cassette that stops run is an error with its place", async () => {
  const asks = (name: string, model: string): string => `flowctl: v1\nflow: ${name}\nmodels: { fake: ${model} }\nagents: { a: { model: fake, instructions: Hello } }\non: { manual: {} }\ninput: string\nsteps: [ { agent: a } ]\n`;
  const cwd = folderWith({
    "good.yaml": asks("good", "{ provider: scripted, model: script, answers: script.yaml }"),
    "script.yaml": "a: [ hi ]\n",
    "sub/script.yaml": asks("script", "{ provider: scripted, model: script, answers: script.yml }"),
    "sub/form.yaml": asks("form", "{ provider: scripted, model: script, answers: { a: [ { error: tired } ] } }"),
    "sub/tape.yaml": asks("tape", "{ provider: cassette, model: cassette, file: calls.yaml }"),
    "flowctl.yaml": "flowctl: v1\nprofiles:\n  offline: { models: { fake: { answers: other.yaml } } }\n",
  });
  expect((await flowctl(["validate", "good.yaml"], { cwd })).stdout).toBe("no problems in 2 files\n");
  const { status, stdout } = await flowctl(["validate", "sub/..."], { cwd });
  expect(status).toBe(1);
  expect(stdout).toContain("sub/form.yaml:2:1: error[FC6004]: ");
  expect(stdout).toContain("sub/script.yaml:3:63: error[FC6004]: The script `script.yml` is not there\n");
  expect(stdout).toContain("sub/tape.yaml:3:62: error[FC6005]: The cassette `calls.yaml` is not there\n");
  expect((await flowctl(["validate", "good.yaml", "--profile", "offline"], { cwd })).stdout).toContain("flowctl.yaml:3:41: error[FC6004]: The script `other.yaml` is not there\n");
});

test("an unset secret is a warning with exit 0", async () => {
  const input = `flowctl: v1
flow: key
agents: { a: { model: openai/gpt-4o-mini, instructions: Hello, input: string, output: string } }
on: { manual: {} }
input: string
steps: [ { agent: a } ]
`;
  const { status, stdout } = await flowctl(["validate", "-", "--format", "json"], { input, env: { OPENAI_API_KEY: "" } });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ code: "FC6001", severity: "warning" })]);
});

test("a file that cannot be read is exit 3 with the system's reason", async () => {
  const cwd = folderWith({ "flowctl.yaml/keep": "" });
  const { status, stderr } = await flowctl(["validate", "-"], { cwd, input: GOOD });
  expect(status).toBe(3);
  expect(stderr).toMatch(/^flowctl: EISDIR/);
});

test("the bundle for plain validation answers as the whole command, without, with a new and with a used cache", async () => {
  const cwd = folderWith({ "good.yaml": GOOD, "bad.yaml": BAD, "warns.yaml": WARNS });
  const cache = join(folderWith({}), "cache");
  for (const args of [["good.yaml"], ["bad.yaml"], ["warns.yaml", "--strict"], ["nowhere.yaml"]]) {
    for (const format of ["text", "json"]) {
      // `--format=x` is read by the whole command alone.
      const whole = await flowctl(["validate", ...args, `--format=${format}`], { cwd });
      for (const env of [{ NODE_DISABLE_COMPILE_CACHE: "1" }, { NODE_COMPILE_CACHE: cache }, { NODE_COMPILE_CACHE: cache }]) {
        expect(await flowctl(["validate", ...args, "--format", format], { cwd, env })).toEqual(whole);
      }
    }
  }
});

describe("`flows` of flowctl.yaml", () => {
  const project = (flows: string): string => folderWith({ "flowctl.yaml": `flowctl: v1\nflows: ${flows}\n`, "a.yaml": GOOD, "b.yaml": GOOD.replace("good", "other") });

  test("a pattern that fits no file is an error with its place, with paths and without", async () => {
    const cwd = project("[a.yaml, bb.yaml]");
    for (const args of [["validate"], ["validate", "a.yaml"], ["run"], ["plan", "a.yaml"]]) {
      const { status, stdout, stderr } = await flowctl(args, { cwd });
      expect(status, args.join(" ")).toBe(1);
      expect(stdout + stderr).toContain("flowctl.yaml:2:17: error[FC2020]: No file fits `bb.yaml`\n");
      expect(stdout + stderr).toContain("did you mean `b.yaml`?");
    }
    const doctor = await flowctl(["doctor"], { cwd });
    expect(doctor.status).toBe(3);
    expect(doctor.stdout).toContain("MISS flows:        1 error: run flowctl validate\n");
  });

  test("where none fits, it does not stand for all flows that are there", async () => {
    for (const flows of ["[aa.yaml]", '["flows/**/*.yaml"]']) {
      const { status, stdout } = await flowctl(["validate", "--format", "json"], { cwd: project(flows) });
      expect(status).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject([{ code: "FC2020", file: "flowctl.yaml", line: 2, hint: expect.stringContaining(flows === "[aa.yaml]" ? "did you mean `a.yaml`?" : "relative to the folder of the project file") }]);
    }
  });

  test("nothing is published while a flow, and with it the format of a topic, may be missing", async () => {
    const { status, stderr } = await flowctl(["topics", "publish", "a", "1"], { cwd: project("[a.yaml, bb.yaml]") });
    expect(status).toBe(1);
    expect(stderr).toContain("flowctl: No file fits `bb.yaml`, which `flows` of flowctl.yaml names: the formats of topics are not known\n");
  });

  test("the project file is no flow, whichever pattern fits it", async () => {
    expect((await flowctl(["validate"], { cwd: project('["*.yaml"]') })).stdout).toBe("no problems in 3 files\n");
    const alone = await flowctl(["validate"], { cwd: project('["f*.yaml"]') });
    expect([alone.status, alone.stdout]).toEqual([1, expect.stringContaining("error[FC2020]: No file fits `f*.yaml`")]);
  });

  test("without patterns all flow files below are taken", async () => {
    expect((await flowctl(["validate"], { cwd: project("[]") })).stdout).toBe("no problems in 3 files\n");
  });
});
