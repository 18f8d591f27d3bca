import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../servers/start.js";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

/** What a hostile or unlucky user does to the command: never a stack trace, a bug report, a hang, a lost message or a secret. */
const bin = fileURLToPath(new URL("../../bin/flowctl.js", import.meta.url));
// oxlint-disable-next-line no-control-regex -- what is looked for
const RAW_CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const OK = "flowctl: v1\nflow: fine\ninput: { fields: { a: string } }\nvalue: \"${input.a}\"\n";
const ANY = `flowctl: v1
flow: any
topics: { in: { dlq: in.dlq }, out: {} }
input: { type: [object, array, string, number, boolean, "null"] }
on: { topic: in }
steps: [ { emit: out, with: "\${input}" } ]
`;

describe("validate", () => {
  test("in a folder with links to nowhere and folders that are named like files", async () => {
    const cwd = folderWith({ "ok.yaml": OK, "folder.yaml/x": "" });
    symlinkSync("nowhere", `${cwd}/dangling.yaml`);
    symlinkSync("loop.yaml", `${cwd}/loop.yaml`);
    expect(await flowctl(["validate", "."], { cwd })).toMatchObject({ status: 0, stdout: "no problems in 1 file\n" });
  });

  test("a prompt of thousands of levels, and paths that no file can have", async () => {
    const deep = "${if true}".repeat(3000) + "${end}".repeat(3000);
    const cwd = folderWith({
      "deep.yaml": `flowctl: v1\nflow: f\nagents: { a: { model: openai/gpt-4o, instructions: "${deep}", input: string } }\ninput: string\nsteps: [ { agent: a } ]\n`,
      "path.yaml": 'flowctl: v1\nflow: f\nagents: { a: { model: openai/gpt-4o, instructions: { file: "\\0" }, input: string } }\ninput: string\nsteps: [ { agent: a } ]\n',
    });
    const { status, stdout } = await flowctl(["validate", ".", "--format", "json"], { cwd });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ code: "FC1103", file: "deep.yaml" }, { code: "FC3007", file: "path.yaml" }]);
  });

  test.each(["text", "json", "github", "sarif", "junit"])("no control character of a file is in what is printed as %s", async (format) => {
    const cwd = folderWith({ "f.yaml": 'flowctl: v1\nflow: "a\\e[31m\\a\\r\\x9b"\ninput: string\nsteps: [ { agent: "x\\e[31m\\r\\n::error::y" }, { "k\\e": 1 } ]\n' });
    const { status, stdout, stderr } = await flowctl(["validate", "f.yaml", "--format", format], { cwd });
    expect({ status, stderr, raw: RAW_CONTROL.exec(stdout)?.[0] }).toEqual({ status: 1, stderr: "", raw: undefined });
    if (format === "github") expect(stdout.split("\n").filter((line) => line !== "" && !line.startsWith("::error file=f.yaml,"))).toEqual([]);
  });
});

describe("run -i", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

  test("a message of 100,000 levels is a dead letter at once", async () => {
    const cwd = folderWith({ "f.yaml": ANY, "m.jsonl": `1\n${deep}\n2\n` });
    const { status, stdout, stderr } = await flowctl(["run", "f.yaml", "-i", "in=m.jsonl", "-o", "json"], { cwd });
    expect({ status, topics: jsonLines<{ topic: string }>(stdout).map(({ topic }) => topic).sort() }).toEqual({ status: 1, topics: ["in.dlq", "out", "out"] });
    expect(JSON.parse(stderr)).toMatchObject({ messages: 3, completed: 2, dlq: 1 });
  });

  test.each([
    ["that is too deep", deep, /nested deeper than 1,000 levels/],
    ["that is too large", `"${"x".repeat(9 * 1024 * 1024)}"`, /larger than 8 MB/],
  ])("a file with one message %s is refused in one sentence", async (_name, message, sentence) => {
    const cwd = folderWith({ "f.yaml": ANY, "m.json": message });
    const { status, stdout, stderr } = await flowctl(["run", "f.yaml", "-i", "in=m.json"], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/FC9000/);
  });

  test("a byte order mark is no part of the first message; control characters of an input are not printed", async () => {
    const cwd = folderWith({ "f.yaml": ANY, "m.jsonl": '\ufeff{"a":1}\n' });
    const fed = await flowctl(["run", "f.yaml", "-i", "in=m.jsonl"], { cwd });
    expect({ status: fed.status, lines: jsonLines(fed.stdout) }).toMatchObject({ status: 0, lines: [{ topic: "out", message: { a: 1 } }] });
    const odd = await flowctl(["run", "f.yaml", "-i", 'in={"\u001b[31m'], { cwd });
    expect({ status: odd.status, raw: RAW_CONTROL.exec(odd.stderr)?.[0] }).toEqual({ status: 2, raw: undefined });
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s ends a flow that feeds itself for ever", async (signal) => {
    const cwd = folderWith({ "f.yaml": "flowctl: v1\nflow: f\ntopics: { t: { message: { fields: { n: number } } } }\non: { topic: t, where: msg.n >= 0 }\nsteps: [ { emit: t, with: { n: \"${input.n + 1}\" } } ]\n" });
    const child = spawn(process.execPath, [bin, "run", "f.yaml", "-i", 't={"n":0}', "--all-topics"], { cwd });
    const ended = once(child, "exit");
    const stderr = text(child.stderr);
    await once(child.stdout, "data");
    child.stdout.resume();
    child.kill(signal);
    expect(await ended).toEqual([130, null]);
    expect(await stderr).toMatch(/stopping[^]*messages:/);
  });
});

describe("tools and models", () => {
  let service: Awaited<ReturnType<typeof startServer>>;
  let models: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    [service, models] = await Promise.all([startServer("tool-server"), startServer("model-server")]);
  });
  afterAll(async () => {
    await service.close();
    await models.close();
  });
  const SECRET = 'pl4nted "secret" value';
  const project = (): string => `flowctl: v1\nnetwork: { allow: ["${new URL(service.url).host}"] }\n`;
  const runIn = (files: Record<string, string>, input: string) =>
    flowctl(["run", "f.yaml", "-i", input, "-o", "json"], { cwd: folderWith({ "flowctl.yaml": project(), ...files }), env: { FLOWCTL_TEST_SECRET: SECRET } });
  const hides = ({ stdout, stderr }: { stdout: string; stderr: string }): void => expect(stdout + stderr).not.toMatch(/pl4nted/);

  test.each([["."], [".."], ["\ud800"]])("`%s` as a part of a url does not go up its path, nor anywhere", async (id) => {
    const flow = `flowctl: v1\nflow: f\ntools: { t: { http: { method: GET, url: "${service.url}/users/\${input.id}/ok" }, input: { fields: { id: string } }, output: {} } }\ninput: { fields: { id: string } }\nsteps: [ { id: s, tool: t } ]\nvalue: "\${steps.s}"\n`;
    const { status, stdout } = await runIn({ "f.yaml": flow }, JSON.stringify({ id }));
    expect({ status, lines: jsonLines(stdout) }).toMatchObject({ status: 1, lines: [{ status: "failed", error: { code: "invalid_input" } }] });
  });

  test("a secret is in no failure: the body of a typed error, an error's text, a module's exception and its log", async () => {
    const head = 'headers: { authorization: "${env:FLOWCTL_TEST_SECRET}" }';
    const http = (what: string, more = ""): string => `flowctl: v1\nflow: f\ntools: { t: { http: { method: GET, url: "${service.url}/effect/${what}", ${head} }, input: { fields: { a: string } }, output: {}${more} } }\ninput: { fields: { a: string } }\nsteps: [ { tool: t } ]\n`;
    for (const flow of [http("400"), http("400", ", errors: { declined: { status: [400], type: {} } }")]) {
      const answer = await runIn({ "f.yaml": flow }, '{"a":"b"}');
      expect(answer).toMatchObject({ status: 1, stdout: expect.stringMatching(/bad request from \*\*\*/) });
      hides(answer);
    }
    const module = `flowctl: v1\nflow: f\ntools:\n  t: { module: ./m.mjs#f, input: { fields: { a: string } }, output: {}, effect: read }\n  u: { http: { method: GET, url: "${service.url}/effect/ok", ${head} }, input: { fields: { a: string } }, output: {} }\ninput: { fields: { a: string } }\nsteps: [ { tool: u }, { tool: t, with: "\${input}" } ]\n`;
    const thrown = await runIn({ "f.yaml": module, "m.mjs": 'export const f = () => { console.log("with", process.env.FLOWCTL_TEST_SECRET); throw new Error("no " + process.env.FLOWCTL_TEST_SECRET); };' }, '{"a":"b"}');
    expect(thrown).toMatchObject({ status: 1, stdout: expect.stringMatching(/no \*\*\*/), stderr: expect.stringMatching(/with \*\*\*/) });
    hides(thrown);
  });

  test.each([
    ["gives 5,000 levels", "export const f = () => { let list = []; for (let n = 0; n < 5000; n++) list = [list]; return list; };", "invalid_output", /deeper than 1000 levels/],
    ["speaks to flowctl itself", 'import { parentPort } from "node:worker_threads"; export const f = () => { parentPort.postMessage({ say: "returned", ids: [9], outputs: "[" }); return new Promise(() => {}); };', "unavailable", /messages of its own/],
  ])("a module that %s fails its call", async (_name, code, error, message) => {
    const flow = "flowctl: v1\nflow: f\ntools: { t: { module: ./m.mjs#f, input: { fields: { a: string } }, output: {}, effect: read } }\ninput: { fields: { a: string } }\nsteps: [ { tool: t } ]\n";
    const { status, stdout } = await runIn({ "f.yaml": flow, "m.mjs": code }, '{"a":"b"}');
    expect({ status, lines: jsonLines(stdout) }).toMatchObject({ status: 1, lines: [{ error: { code: error, message: expect.stringMatching(message) } }] });
  });

  test("a number that looks like a secret leaves the answer whole", async () => {
    const flow = `flowctl: v1\nflow: f\ntools: { t: { http: { method: POST, url: "${service.url}/effect/ok", headers: { authorization: "\${env:FLOWCTL_TEST_NUMBER}" } }, input: { fields: { n: number } }, output: {}, effect: read } }\ninput: { fields: { n: number } }\nsteps: [ { id: s, tool: t } ]\nvalue: "\${steps.s}"\n`;
    const { status, stdout } = await flowctl(["run", "f.yaml", "-i", '{"n":1234567}'], { cwd: folderWith({ "flowctl.yaml": project(), "f.yaml": flow }), env: { FLOWCTL_TEST_NUMBER: "1234567" } });
    expect({ status, lines: jsonLines(stdout) }).toMatchObject({ status: 0, lines: [{ output: { body: { n: 1_234_567 } } }] });
  });

  test.each([
    ["redirects", { status: 307, headers: { location: "http://169.254.169.254/" } }, 1, { error: { code: "refused" } }],
    ["reports nonsense as usage", { text: '{"ok":"y"}', usage: { in: -5000, out: 1.5 } }, 0, { output: { ok: "y" } }],
    ["answers 100,000 levels", { text: deepAnswer() }, 1, { error: { code: "invalid_output" } }],
    ["answers an error with a megabyte", { status: 400, body: "x".repeat(1_000_000) }, 1, { error: { code: "refused" } }],
  ])("a model that %s", async (name, turn, status, line) => {
    const model = name.replaceAll(/\W+/g, "-");
    await fetch(`${models.url}/control/${model}`, { method: "PUT", body: JSON.stringify([turn]) });
    const flow = `flowctl: v1\nflow: f\nmodels: { m: { provider: openai, model: "${model}", base_url: "${models.url}/v1", api_key: "\${env:FLOWCTL_TEST_SECRET}", price: { in: 1, out: 1 } } }\nagents: { a: { model: m, instructions: hello, input: string, output: { fields: { ok: string } }, limits: { usd: 1 } } }\npolicies: { once: { timeout: 5s } }\ninput: string\nsteps: [ { id: s, agent: a, policy: once } ]\nvalue: "\${steps.s}"\n`;
    const ended = await runIn({ "f.yaml": flow }, '"hi"');
    expect({ status: ended.status, lines: jsonLines(ended.stdout) }).toMatchObject({ status, lines: [line] });
    expect(ended.stdout.length).toBeLessThan(2000);
    const { tokensIn, tokensOut } = JSON.parse(ended.stderr);
    expect(Number.isSafeInteger(tokensIn) && tokensIn >= 0 && Number.isSafeInteger(tokensOut) && tokensOut >= 0).toBe(true);
    hides(ended);
  });
});

function deepAnswer(): string {
  return `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
}
