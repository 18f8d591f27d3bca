import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer, type RunningServer } from "../servers/start.js";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

/** Calls of models and HTTP tools: recorded once, answered for ever without a key and without a network. */
const KEY = "pl4nted-key-1";
const TOKEN = 'pl4nted "token"';
let models: RunningServer;
let service: RunningServer;
beforeAll(async () => {
  [models, service] = await Promise.all([startServer("model-server"), startServer("tool-server")]);
});
afterAll(() => Promise.all([models.close(), service.close()]));

const flow = (instructions = "Answer in one word."): string => `flowctl: v1
flow: taped
models:
  writer: { provider: openai, model: echo, temperature: 0, base_url: "${models.url}/v1", api_key: "\${env:TAPED_KEY}" }
tools:
  store:
    http: { method: POST, url: "\${env:TAPED_URL}/effect/ok?for=\${input.id}", headers: { authorization: "\${env:TAPED_TOKEN}" } }
    input: { fields: { id: string, text: string } }
    output: { type: object, properties: { body: { type: object } }, required: [body] }
    effect: write
    idempotency: header
  pay:
    http: { method: POST, url: "\${env:TAPED_URL}/effect/402", headers: { authorization: "\${env:TAPED_TOKEN}" } }
    input: { fields: { id: string } }
    errors: { declined: { status: [402], type: { type: object, properties: { reason: { type: string } }, required: [reason] } } }
  plus: { expr: { n: "\${input.n + 1}" }, input: { fields: { n: number } }, output: { fields: { n: number } } }
agents:
  a: { model: writer, instructions: "${instructions}", input: { fields: { id: string, n: number } } }
input: { fields: { id: string, n: number } }
steps:
  - { id: said, agent: a }
  - { id: kept, tool: store, with: { id: "\${input.id}", text: "\${steps.said}" }, trust: model }
  - { id: paid, tool: pay, with: { id: "\${input.id}" }, catch: [ { on: [declined], value: "\${error.data.reason}" } ] }
  - { id: more, tool: plus, with: { n: "\${input.n}" } }
value: { said: "\${steps.said}", kept: "\${json(steps.kept.body)}", n: "\${steps.more.n}" }
`;
const project = (): string => `flowctl: v1\nnetwork: { allow: ["${new URL(service.url).host}"] }\n`;
const INPUTS = '[{"id":"i1","n":1},{"id":"i2","n":2}]';
const outputs = (stdout: string): unknown[] => jsonLines<{ output: unknown }>(stdout).map(({ output }) => output).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
const ran = async (): Promise<unknown> => (await fetch(`${service.url}/ledger`)).json();

async function recorded(): Promise<{ cwd: string; outputs: unknown[] }> {
  const cwd = folderWith({ "flow.yaml": flow(), "flowctl.yaml": project() });
  const { status, stdout, stderr } = await flowctl(["run", "flow.yaml", "-i", INPUTS, "--record", "tapes/calls.yaml"], { cwd, env: { TAPED_KEY: KEY, TAPED_TOKEN: TOKEN, TAPED_URL: service.url } });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/2 completed/) });
  return { cwd, outputs: outputs(stdout) };
}

describe("run --record, --replay", () => {
  test("a replay gives the same without any secret or call, in whatever order, and again", async () => {
    const { cwd, outputs: first } = await recorded();
    expect(first).toHaveLength(2);
    const before = await ran();
    for (const input of [INPUTS, JSON.stringify(JSON.parse(INPUTS).toReversed()), INPUTS]) {
      const { status, stdout } = await flowctl(["run", "flow.yaml", "-i", input, "--replay", "tapes/calls.yaml"], { cwd });
      expect({ status, outputs: outputs(stdout) }).toEqual({ status: 0, outputs: first });
    }
    expect(await ran()).toEqual(before);
  });

  test("the file holds no secret and no address behind one, and is the same when it is recorded again", async () => {
    const { cwd } = await recorded();
    const text = readFileSync(`${cwd}/tapes/calls.yaml`, "utf8");
    expect(text).not.toMatch(/pl4nted/);
    expect(text).toMatch(/url: \$\{env:TAPED_URL\}\/effect\/ok\?for=i1\n/);
    expect(text).toMatch(/call: http\nabout: pay of taped\n/);
    const { status } = await flowctl(["run", "flow.yaml", "-i", '{"id":"i1","n":1}', "--record", "tapes/calls.yaml"], { cwd, env: { TAPED_KEY: KEY, TAPED_TOKEN: TOKEN, TAPED_URL: service.url } });
    expect(status).toBe(0);
    const steady = (one: string): string => one.replaceAll(/r-[\w-]+/g, "r-KEY");
    expect(steady(readFileSync(`${cwd}/tapes/calls.yaml`, "utf8"))).toBe(steady(text));
  });

  test("a call that was not recorded fails with the nearest recording and what differs", async () => {
    const { cwd } = await recorded();
    writeFileSync(`${cwd}/flow.yaml`, flow("Answer in two words."));
    const { status, stdout } = await flowctl(["run", "flow.yaml", "-i", '{"id":"i1","n":1}', "--replay", "tapes/calls.yaml"], { cwd });
    expect({ status, lines: jsonLines(stdout) }).toMatchObject({
      status: 1,
      lines: [{ status: "failed", error: { code: "refused", message: expect.stringMatching(/^there is no recording of this call in tapes\/calls\.yaml; the nearest is #\d \(line \d+\): `messages\[0\]\.text` differs: it is now "Answer in two words\.", it was "Answer in one word\."$/) } }],
    });
  });

  test("a broken or missing cassette ends the command before anything runs", async () => {
    const { cwd } = await recorded();
    writeFileSync(`${cwd}/broken.yaml`, readFileSync(`${cwd}/tapes/calls.yaml`, "utf8").replace("finish: stop", "finish: [stop"));
    const run = (...more: readonly string[]) => flowctl(["run", "flow.yaml", "-i", INPUTS, ...more], { cwd, env: { TAPED_KEY: KEY, TAPED_TOKEN: TOKEN, TAPED_URL: service.url } });
    expect(await run("--replay", "broken.yaml")).toMatchObject({ status: 3, stdout: "", stderr: expect.stringMatching(/FC6005.*`broken\.yaml:\d+` cannot be used: it is no YAML/) });
    expect(await run("--record", "broken.yaml")).toMatchObject({ status: 3, stdout: "" });
    expect(await run("--replay", "none.yaml")).toMatchObject({ status: 3, stderr: expect.stringMatching(/`none\.yaml` is not there/) });
    expect(await run("--replay", "a", "--record", "b")).toMatchObject({ status: 2 });
  });

  test("a profile answers its models from the file, the tools are called for real", async () => {
    const { cwd, outputs: first } = await recorded();
    writeFileSync(`${cwd}/flowctl.yaml`, `${project()}profiles: { taped: { models: { writer: { provider: cassette, file: tapes/calls.yaml } } } }\n`);
    const { status, stdout } = await flowctl(["run", "flow.yaml", "-i", INPUTS, "--profile", "taped"], { cwd, env: { TAPED_TOKEN: TOKEN, TAPED_URL: service.url } });
    expect({ status, outputs: outputs(stdout) }).toEqual({ status: 0, outputs: first });
  });
});
