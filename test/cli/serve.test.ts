import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openOperator } from "../../src/cli/wire/open-operator.js";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const greet = (greeting: string): string => `flowctl: v1
flow: greet
topics:
  names: { message: { fields: { name: string } }, key: msg.name }
  greetings: { message: { fields: { text: string } } }
on: names
tools: { greeting: { expr: { text: "${greeting} \${input.name}" }, input: { fields: { name: string } }, output: { fields: { text: string } } } }
steps:
  - { id: ok, when: input.name == "asked", ask: { question: "Greet \${input.name}?", output: { fields: { approved: boolean } } } }
  - { id: g, tool: greeting, with: { name: "\${input.name}" } }
  - { emit: greetings, with: { text: "\${steps.g.text}" } }
`;
const greetings = (text: string): string[] => jsonLines<{ message: { text: string } }>(text).map(({ message }) => message.text);
const tail = ["topics", "tail", "greetings", "--last", "10", "-o", "json"];

test("serving: a message that another process publishes runs; SIGTERM drains and gives 0", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  await using server = await serving(cwd, ["greet.yaml"]);
  expect(existsSync(join(cwd, ".flowctl/flowctl.db"))).toBe(true);
  expect(await flowctl(["topics", "publish", "names", '{"name":"Ada"}'], { cwd })).toMatchObject({ status: 0 });
  await untilPrints(tail, cwd, ({ stdout }) => greetings(stdout).includes("Hello Ada"));
  expect(await server.terminate()).toBe(0);
  expect(server.stderr()).toMatch(/serving `greet`, store .*flowctl\.db, process \d+\n/);
  expect(server.stderr()).toMatch(/completed\n[^]*runs: +1 \(1 completed/);
});

test("serving: who publishes as a process comes up is not told that nobody serves", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  expect((await flowctl(["run", "greet.yaml", "-i", '{"name":"Ada"}'], { cwd })).status).toBe(0);
  await using operator = await openOperator(join(cwd, ".flowctl/flowctl.db"));
  expect(operator.server).toBe(null);
  await using server = await serving(cwd, ["greet.yaml"]);
  await operator.publish([{ topic: "names", key: null, id: "eve", headers: {}, body: '{"name":"Eve"}' }]);
  expect(operator.server).toMatchObject({ pid: server.pid, flows: ["greet"] });
});

test("serving: the summary at the stop also tells of runs that an earlier process began", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  expect((await flowctl(["run", "greet.yaml", "-i", '{"name":"asked"}'], { cwd })).status).toBe(4);
  const [{ run }] = JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout);
  await using server = await serving(cwd, ["greet.yaml"]);
  expect(await flowctl(["runs", "approve", run], { cwd })).toMatchObject({ status: 0 });
  await server.says("completed");
  expect(await server.terminate()).toBe(0);
  expect(server.stderr()).toMatch(/runs: +0 \(1 completed, 0 failed\)/);
});

test("serving: a message that starts no run is said in the log", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  await using server = await serving(cwd, ["greet.yaml"]);
  await flowctl(["topics", "publish", "names", '{"nam":"Ada"}'], { cwd });
  await server.says("a message of `names`");
  expect(server.stderr()).toMatch(/a message of `names` \(\d+\/0\) is a dead letter: schema: name is missing/);
});

test("serving: no control character of a message reaches the terminal, nor does a line of it look like another", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello"), "hostile.jsonl": "\u001b]0;owned\u0007\n" });
  await using server = await serving(cwd, ["greet.yaml"]);
  await flowctl(["topics", "publish", "names", "hostile.jsonl"], { cwd });
  await server.says("a message of `names`");
  expect(server.stderr()).toContain('"\ufffd]0;owned\ufffd" is not valid JSON');
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(server.stderr()).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test("commands that are printed to be typed name the profile by which the store was found", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello"), "flowctl.yaml": "flowctl: v1\nprofiles: { far: { store: sqlite:far.db } }\n" });
  expect((await flowctl(["run", "greet.yaml", "--profile", "far", "-i", '[{"name":"asked"},{"nam":"Ada"}]'], { cwd })).status).toBe(1);
  const typed = ({ stdout }: { readonly stdout: string }): string[] => [...stdout.matchAll(/\$ flowctl (.*)$/gm)].map(([, command = ""]) => command);
  const first = async (...args: readonly string[]): Promise<Record<string, string>> => JSON.parse((await flowctl([...args, "--profile", "far", "-o", "json"], { cwd })).stdout)[0];
  const commands = [
    ...typed(await flowctl(["runs", "show", (await first("runs", "list"))["run"] ?? "", "--profile", "far"], { cwd })),
    ...typed(await flowctl(["dlq", "show", (await first("dlq", "list"))["id"] ?? "", "--profile", "far"], { cwd })),
  ];
  expect(commands.map((command) => command.split(" ")[1])).toEqual(["approve", "reject", "redrive"]);
  for (const [index, status] of [[0, 0], [1, 1], [2, 0]] as const) expect({ command: commands[index], status: (await flowctl(commands[index]?.split(" ") ?? [], { cwd })).status }).toMatchObject({ status });
});

test("a second server and `run -i` beside a server name the owner and change nothing", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  await using server = await serving(cwd, ["greet.yaml"]);
  for (const args of [["greet.yaml"], ["greet.yaml", "-i", '{"name":"Bob"}']]) {
    const { status, stderr } = await flowctl(["run", ...args], { cwd });
    expect({ args, status }).toEqual({ args, status: 3 });
    expect(stderr).toContain(`process ${server.pid}`);
    expect(stderr).toContain("flowctl topics publish");
  }
  expect((await flowctl(["run", "greet.yaml", "--fresh", "-i", '{"name":"Eve"}'], { cwd })).stdout).toContain("Hello Eve");
  expect(await server.stop()).toBe(130);
});

test("--watch: new runs take a valid save, runs under way keep their version, errors change nothing", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  await using server = await serving(cwd, ["greet.yaml", "--watch"]);
  const publish = (name: string) => flowctl(["topics", "publish", "names", JSON.stringify({ name })], { cwd });
  await publish("asked");
  await untilPrints(["runs", "list", "--state", "parked", "-o", "json"], cwd, ({ stdout }) => jsonLines(stdout).length > 0 && stdout.includes("Greet asked?"));
  writeFileSync(join(cwd, "greet.yaml"), greet("Bonjour"));
  await server.says("new runs of `greet` take");
  await publish("Ada");
  await untilPrints(tail, cwd, ({ stdout }) => greetings(stdout).includes("Bonjour Ada"));
  appendFileSync(join(cwd, "greet.yaml"), "  - { emit: nowhere }\n");
  await server.says("the flows go on as they were");
  await publish("Bob");
  await untilPrints(tail, cwd, ({ stdout }) => greetings(stdout).includes("Bonjour Bob"));
  const [parked] = jsonLines<{ run: string }[]>((await flowctl(["runs", "list", "--state", "parked", "-o", "json"], { cwd })).stdout).flat();
  expect(await flowctl(["runs", "approve", parked?.run ?? ""], { cwd })).toMatchObject({ status: 0 });
  await untilPrints(tail, cwd, ({ stdout }) => greetings(stdout).includes("Hello asked"));
});

test("log lines as JSON are run events", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  await using server = await serving(cwd, ["greet.yaml", "-o", "json"]);
  await flowctl(["topics", "publish", "names", '{"name":"Ada"}'], { cwd });
  await server.says('"type":"run.finished"');
  expect(await server.terminate()).toBe(0);
});

test("runs of a process that was killed go on in the next one", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  const first = await serving(cwd, ["greet.yaml"]);
  await flowctl(["topics", "publish", "names", '{"name":"asked"}'], { cwd });
  await untilPrints(["runs", "list", "--state", "parked"], cwd, ({ stdout }) => stdout.includes("Greet asked?"));
  await first.kill();
  const listed = jsonLines<{ run: string }[]>((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout).flat();
  expect(listed).toHaveLength(1);
  expect(await flowctl(["runs", "approve", listed[0]?.run ?? ""], { cwd })).toMatchObject({ status: 0 });
  await using second = await serving(cwd, ["greet.yaml"]);
  await untilPrints(tail, cwd, ({ stdout }) => greetings(stdout).includes("Hello asked"));
  expect(await second.terminate()).toBe(0);
});

test("a process whose database fails ends, when it starts and when it stops", async () => {
  const cwd = folderWith({ "greet.yaml": greet("Hello") });
  const server = await serving(cwd, ["greet.yaml"]);
  rmSync(join(cwd, ".flowctl"), { recursive: true });
  expect(await server.terminate()).toBe(3);
  expect(server.stderr()).toMatch(/flowctl: FC6012: The database `.*` was removed while this process worked on it\.\n  hint: /);

  expect(await flowctl(["run", "greet.yaml", "-i", '{"name":"Ada"}'], { cwd })).toMatchObject({ status: 0 });
  const database = new DatabaseSync(join(cwd, ".flowctl/flowctl.db"));
  database.exec("CREATE TRIGGER away BEFORE INSERT ON meta BEGIN SELECT RAISE(FAIL, 'the disk is away'); END");
  database.close();
  const { status, stderr } = await flowctl(["run", "greet.yaml", "-i", '{"name":"Bob"}'], { cwd });
  expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringContaining("the disk is away") });
});
