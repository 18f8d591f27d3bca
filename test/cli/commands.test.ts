import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { openShell } from "../support/shell.js";

const NO_KEY = { OPENAI_API_KEY: "" };

describe.each(["blank", "pipeline", "support", "approval"])("init --template %s", (template) => {
  const offline = template === "blank" ? [] : ["--profile", "offline"];
  const input = { blank: "input.json", approval: "input.json" }[template] ?? "input.jsonl";

  test("validates, is in fmt's form, and runs without a key", async () => {
    const parent = folderWith();
    const cwd = join(parent, "mine");
    const init = await flowctl(["init", "mine", "--template", template], { cwd: parent });
    expect(init.status).toBe(0);
    // What it says to do next is what is done here.
    expect(init.stdout).toContain(`  cd mine\n  flowctl validate ${["flow.yaml", ...offline].join(" ")}\n  flowctl run ${["flow.yaml", "-i", input, ...offline].join(" ")}\n`);
    const [, schema = ""] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(join(cwd, "flow.yaml"), "utf8")) ?? [];
    expect(JSON.parse(readFileSync(join(cwd, schema), "utf8"))).toEqual(JSON.parse(readFileSync("schemas/flow.schema.json", "utf8")));
    expect((await flowctl(["validate", "--strict", ...offline], { cwd, env: NO_KEY })).status).toBe(0);
    expect(await flowctl(["fmt", "--check"], { cwd })).toEqual({ status: 0, stdout: "", stderr: "" });
    const run = await flowctl(["run", "flow.yaml", "-i", input, ...offline], { cwd, env: NO_KEY });
    expect(run.status).toBe(template === "approval" ? 4 : 0);
    expect(run.stdout.trim().split("\n").length).toBe({ blank: 2, pipeline: 2, support: 3, approval: 1 }[template]);
  });
});

test("init writes over nothing", async () => {
  const cwd = folderWith({ "flow.yaml": "mine\n" });
  const { status, stdout, stderr } = await flowctl(["init"], { cwd });
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain("`flow.yaml` is already there");
  expect(readFileSync(join(cwd, "flow.yaml"), "utf8")).toBe("mine\n");
  expect((await flowctl(["init", "--template", "none"], { cwd })).status).toBe(2);
  // What is to be typed next is as a shell takes it.
  expect((await flowctl(["init", "it's mine"], { cwd })).stdout).toContain("\n  cd 'it'\\''s mine'\n");
  execFileSync("sh", ["-c", `umask 077; exec '${process.execPath}' '${new URL("../../bin/flowctl.js", import.meta.url).pathname}' init private`], { cwd });
  expect(statSync(join(cwd, "private/flow.yaml")).mode & 0o777).toBe(0o600);
});

test("explain knows codes and keys", async () => {
  const code = await flowctl(["explain", "fc3101"]);
  expect(code.status).toBe(0);
  expect(code.stdout).toMatch(/^FC3101 \(error\): /);
  expect(code.stdout).toContain("But so:");
  expect(JSON.parse((await flowctl(["explain", "FC3101", "-o", "json"])).stdout)).toMatchObject({ code: "FC3101", severity: "error", bad: expect.stringContaining("flowctl: v1") });
  const key = await flowctl(["explain", "on.dedupe"]);
  expect(key.status).toBe(0);
  expect(key.stdout).toContain("dedupe");
  expect((await flowctl(["explain", "retry"])).stderr).toContain("did you mean `policies.retry`?");
  expect((await flowctl(["explain", "on.dedup"])).stderr).toContain("did you mean `on.dedupe`");
  expect((await flowctl(["explain", "retyr"])).stderr).toContain("did you mean `policies.retry`?");
  expect((await flowctl(["explain", "steps.mpa.ovre"])).stderr).toContain("did you mean `steps.map.over`?");
  expect((await flowctl(["explain", "nothingofthekind"])).stderr).not.toContain("did you mean");
  const none = await flowctl(["explain", "FC0000"]);
  expect({ status: none.status, stdout: none.stdout }).toEqual({ status: 2, stdout: "" });
  expect(none.stderr).toContain("nothing to explain under `FC0000`");
  expect((await flowctl(["explain", "FC3101", "-o", "xml"])).status).toBe(2);
});

test.each(["flow", "project"])("schema %s is a JSON Schema, and the file of the package", async (what) => {
  const { status, stdout } = await flowctl(["schema", what]);
  expect(status).toBe(0);
  const schema = JSON.parse(stdout);
  expect(schema).toEqual(JSON.parse(readFileSync(`schemas/${what}.schema.json`, "utf8")));
  const validate = new Ajv2020({ strict: false }).compile(schema);
  expect(validate(what === "project" ? { flowctl: "v1", store: "memory" } : { flowctl: "v1", flow: "a", on: { manual: {} }, steps: [{ set: 1 }] })).toBe(true);
  expect(validate({ flowctl: "v9" })).toBe(false);
});

const UNFORMATTED = `flowctl: v1
# what it does
flow: messy
steps:
  - { with: "\${input}", emit: b, when: "\${input.n > 1}" }
on: a
topics: { a: { message: { fields: { n: integer } } }, b: {} }
`;

test("fmt: --check names what would change, a second time changes nothing", async () => {
  const cwd = folderWith({ "messy.yaml": UNFORMATTED });
  expect(await flowctl(["fmt", "--check"], { cwd })).toEqual({ status: 1, stdout: "messy.yaml\n", stderr: "" });
  expect(readFileSync(join(cwd, "messy.yaml"), "utf8")).toBe(UNFORMATTED);
  const piped = await flowctl(["fmt", "-"], { cwd, input: UNFORMATTED });
  expect(await flowctl(["fmt"], { cwd })).toEqual({ status: 0, stdout: "messy.yaml\n", stderr: "" });
  const formatted = readFileSync(join(cwd, "messy.yaml"), "utf8");
  expect(formatted).toBe(piped.stdout);
  expect(formatted).toContain("# what it does\n");
  expect(formatted).not.toBe(UNFORMATTED);
  expect(formatted).not.toContain('"${input.n > 1}"');
  expect(await flowctl(["fmt", "--check"], { cwd })).toEqual({ status: 0, stdout: "", stderr: "" });
  expect((await flowctl(["validate"], { cwd })).status).toBe(0);
});

test("fmt says which files do not parse, with exit 1, and writes the others", async () => {
  const broken = UNFORMATTED.replace("topics: {", "topics: {{");
  const cwd = folderWith({ "broken.yaml": broken, "messy.yaml": UNFORMATTED });
  for (const args of [["fmt", "--check"], ["fmt"]]) {
    const { status, stdout, stderr } = await flowctl(args, { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "messy.yaml\n" });
    expect(stderr).toMatch(/^broken\.yaml:\d+:\d+: error\[FC1\d+\]: /);
    expect(stderr).toContain("in 1 file\n");
  }
  expect(readFileSync(join(cwd, "broken.yaml"), "utf8")).toBe(broken);
  const piped = await flowctl(["fmt", "-"], { cwd, input: broken });
  expect({ status: piped.status, stdout: piped.stdout }).toEqual({ status: 1, stdout: broken });
});

test("fmt leaves a file as it was where the disk takes no more, and its mode and its link as they were", async () => {
  const long = `${UNFORMATTED}${"# a comment that stays\n".repeat(100)}`;
  const cwd = folderWith({ "messy.yaml": long });
  await using shell = openShell(cwd, { ...process.env, flowctl: new URL("../../bin/flowctl.js", import.meta.url).pathname, node: process.execPath });
  chmodSync(join(cwd, "messy.yaml"), 0o640);
  symlinkSync("messy.yaml", join(cwd, "link.yml"));
  const said = await shell.run('(ulimit -f 1; "$node" "$flowctl" fmt messy.yaml)');
  expect(said.join("\n")).toContain("EFBIG");
  expect(readFileSync(join(cwd, "messy.yaml"), "utf8")).toBe(long);
  expect(readdirSync(cwd).toSorted()).toEqual(["link.yml", "messy.yaml"]);
  expect((await flowctl(["fmt", "link.yml"], { cwd })).status).toBe(0);
  expect(lstatSync(join(cwd, "link.yml")).isSymbolicLink()).toBe(true);
  expect(statSync(join(cwd, "messy.yaml")).mode & 0o777).toBe(0o640);
  expect(await flowctl(["fmt", "--check", "messy.yaml"], { cwd })).toEqual({ status: 0, stdout: "", stderr: "" });
});

const TWO = `flowctl: v1
flow: first
on: { manual: {} }
input: { fields: { n: integer } }
steps: [ { id: a, set: "\${input.n}" } ]
---
flowctl: v1
flow: second
on: { manual: {} }
input: { fields: { n: integer } }
steps:
  - id: which
    switch: [ { when: input.n > 1, value: big }, { else: { value: small } } ]
`;

test("graph draws one flow, for the terminal and as Mermaid", async () => {
  const cwd = folderWith({ "two.yaml": TWO });
  const both = await flowctl(["graph", "two.yaml"], { cwd });
  expect({ status: both.status, stdout: both.stdout }).toEqual({ status: 2, stdout: "" });
  expect(both.stderr).toContain("two.yaml#first, two.yaml#second");
  const terminal = await flowctl(["graph", "two.yaml#second"], { cwd });
  expect(terminal.status).toBe(0);
  expect(terminal.stdout).toMatch(/^second 0\.0\.0, class P/);
  expect(terminal.stdout).toContain("input.n > 1");
  const mermaid = await flowctl(["graph", "two.yaml#second", "--format", "mermaid"], { cwd });
  expect(mermaid.status).toBe(0);
  expect(mermaid.stdout).toMatch(/^(---|flowchart|graph)/);
  writeFileSync(join(cwd, "two.yaml"), TWO.replace("input.n > 1", "input.m > 1"));
  const broken = await flowctl(["graph", "two.yaml#second"], { cwd });
  expect({ status: broken.status, stdout: broken.stdout }).toEqual({ status: 1, stdout: "" });
  expect(broken.stderr).toContain("error[FC3101]");
});

test("doctor says what is missing with exit 3, and shows no value", async () => {
  const parent = folderWith();
  await flowctl(["init", "mine", "--template", "pipeline"], { cwd: parent });
  const cwd = join(parent, "mine");
  const missing = await flowctl(["doctor"], { cwd, env: NO_KEY });
  expect(missing.status).toBe(3);
  expect(missing.stdout).toContain("MISS secret:       env:OPENAI_API_KEY is not set");
  const there = await flowctl(["doctor", "-o", "json"], { cwd, env: { OPENAI_API_KEY: "planted-value" } });
  expect(there.status).toBe(0);
  expect(JSON.parse(there.stdout)).toContainEqual({ what: "secret", ok: true, says: "env:OPENAI_API_KEY is set" });
  expect(there.stdout + there.stderr).not.toContain("planted-value");
  expect((await flowctl(["doctor", "--profile", "offline"], { cwd, env: NO_KEY })).status).toBe(0);
});

test("doctor says of a model what stops run: a script or a cassette that is not there", async () => {
  const cwd = folderWith({ "flow.yaml": ASKS, "there.yaml": "writer: Hello\n" });
  for (const [model, status, says] of [
    ["{ provider: scripted, answers: there.yaml }", 0, "ok   model:        small (scripted/scripted)"],
    ["{ provider: scripted, answers: gone.yaml }", 3, "MISS model:        FC6004: The script `gone.yaml` is not there."],
    ["{ provider: cassette, file: gone.yaml }", 3, "MISS model:        FC6005: The cassette `gone.yaml` is not there."],
  ] as const) {
    writeFileSync(join(cwd, "flowctl.yaml"), `flowctl: v1\nmodels: { small: ${model} }\n`);
    expect(await flowctl(["doctor"], { cwd }), model).toMatchObject({ status, stdout: expect.stringContaining(says) });
    expect((await flowctl(["run", "-i", '"x"', "--fresh"], { cwd })).status, model).toBe(status);
  }
});

const MODELS = "flowctl: v1\nprofiles:\n  offline: { models: { small: { provider: scripted, model: script, answers: { writer: Hello } } } }\n  online: {}\n";
const ASKS = "flowctl: v1\nflow: asks\nmodels: { small: { provider: openai, model: gpt-4o-mini } }\nagents: { writer: { model: small, instructions: Write., input: string, output: string } }\non: { manual: {} }\ninput: string\nsteps: [ { agent: writer } ]\n";

test("a secret that is not set names the profiles that do without it", async () => {
  const cwd = folderWith({ "flowctl.yaml": MODELS, "flow.yaml": ASKS });
  const { status, stderr } = await flowctl(["run", "flow.yaml", "-i", '"x"'], { cwd, env: NO_KEY });
  expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringContaining("Without it: `--profile offline`\n") });
});

test("a profile that is not there is a wrong command line", async () => {
  const cwd = folderWith({ "flowctl.yaml": MODELS, "flow.yaml": ASKS });
  for (const command of [["validate", "."], ["run", ".", "-i", '"x"'], ["doctor"], ["runs", "list"]]) {
    const { status, stderr } = await flowctl([...command, "--profile", "ofline"], { cwd });
    expect({ status, stderr }).toEqual({ status: 2, stderr: "flowctl: there is no profile `ofline` in flowctl.yaml\n  hint: did you mean `offline`?\n" });
  }
});

test("a model of another provider takes nothing of the flow's, and what it lacks is told where it stands", async () => {
  const cwd = folderWith({ "flowctl.yaml": "flowctl: v1\nmodels: { small: { provider: other } }\n", "flow.yaml": ASKS });
  const { status, stdout } = await flowctl(["validate", "flow.yaml"], { cwd });
  expect({ status, first: stdout.split("\n")[0] }).toEqual({ status: 1, first: "flowctl.yaml:2:18: error[FC2003]: The model `small` has no `model`: its provider is another one than the flow's, so that it takes nothing of that one" });
});

test.each([
  [["--watch", "-i", '"x"'], "`--watch` serves flows: it does not go with `-i`"],
  [["--tui", "-i", '"x"'], "`--tui` shows flows that are served: it does not go with `-i`"],
  [["--only", "orchestrate", "-i", '"x"'], "`--only` serves a part of the flows: it does not go with `-i`"],
  [["-i", "-", "-i", "asks=-"], "stdin is read by one `-i` alone"],
])("options that do not go together: %j", async (args, message) => {
  const cwd = folderWith({ "a.yaml": ASKS, "flowctl.yaml": MODELS });
  const { status, stdout, stderr } = await flowctl(["run", "a.yaml", "--profile", "offline", ...args], { cwd, input: '"x"' });
  expect({ status, stdout, stderr: stderr.split("\n")[0] }).toEqual({ status: 2, stdout: "", stderr: `flowctl: ${message}` });
});

test("a flow on stdin is no message of `-i -`", async () => {
  const cwd = folderWith({ "flowctl.yaml": "flowctl: v1\n" });
  const flow = 'flowctl: v1\nflow: seen\ntopics: { said: { message: string } }\non: said\nsteps: [ { set: "${input}" } ]\n';
  const { status, stdout, stderr } = await flowctl(["run", "-", "-i", "-"], { cwd, input: flow });
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: "", stderr: "flowctl: stdin holds the flow, so `-i -` has no messages there\n  hint: put one of them into a file\n" });
  expect(existsSync(join(cwd, ".flowctl"))).toBe(false);
});

test("an input that fits several flows asks for a name", async () => {
  const cwd = folderWith({ "a.yaml": ASKS, "b.yaml": ASKS.replace("flow: asks", "flow: too"), "flowctl.yaml": MODELS });
  const { status, stderr } = await flowctl(["run", ".", "-i", '"x"', "--profile", "offline"], { cwd });
  expect({ status, stderr }).toEqual({ status: 2, stderr: "flowctl: it is not clear where the input of `-i` goes (the message)\n  hint: name the topic or flow: `-i asks=…`, `-i too=…`\n" });
});
