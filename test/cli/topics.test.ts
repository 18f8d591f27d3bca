import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const COPY = `flowctl: v1
flow: copy
topics:
  in: { message: { fields: { n: integer } } }
  out: { message: { fields: { n: integer } } }
on: in
steps: [ { emit: out, with: { n: "\${input.n}" } } ]
`;

/** A database that nobody serves. */
async function used(): Promise<string> {
  const cwd = folderWith({ "copy.yaml": COPY });
  expect((await flowctl(["run", ".", "-i", '{"n":0}'], { cwd })).status).toBe(0);
  return cwd;
}

test("published on the file, from a file, text and stdin; handled when somebody serves", async () => {
  const cwd = await used();
  const json = await flowctl(["topics", "publish", "in", "-", "-o", "json", "--key", "k"], { cwd, input: '{"n":1}\n{"n":2}\n' });
  expect(json.status).toBe(0);
  expect(JSON.parse(json.stdout)).toEqual([1, 2].map(() => ({ topic: "in", id: expect.stringMatching(/^[\w-]{36}$/) })));
  const list = await flowctl(["topics", "list", "-o", "json"], { cwd });
  expect(JSON.parse(list.stdout)).toEqual(expect.arrayContaining([{ topic: "in", partitions: expect.any(Number), messages: 3, groups: [{ group: "copy", lag: 2 }] }]));
  await using _ = await serving(cwd);
  const { stdout } = await untilPrints(["topics", "tail", "out", "-o", "json"], cwd, (result) => jsonLines(result.stdout).length === 3);
  expect(jsonLines<{ message: { n: number } }>(stdout).map(({ message }) => message.n).toSorted()).toEqual([0, 1, 2]);
  expect(jsonLines((await flowctl(["topics", "tail", "in", "-n", "1", "-o", "json"], { cwd })).stdout)).toEqual([expect.objectContaining({ topic: "in", key: "k", message: { n: 2 } })]);
});

test("before anything has run: publishing makes the database, and the first run takes the message", async () => {
  const cwd = folderWith({ "copy.yaml": COPY });
  const first = await flowctl(["topics", "publish", "in", '{"n":7}'], { cwd });
  expect(first).toMatchObject({ status: 0, stdout: "1 message to in; nobody serves now\n", stderr: "  hint: no flow has read `in` yet\n" });
  await using _ = await serving(cwd);
  const { stdout } = await untilPrints(["topics", "tail", "out", "-o", "json"], cwd, ({ stdout: printed }) => printed !== "");
  expect(jsonLines(stdout)).toMatchObject([{ message: { n: 7 } }]);
});

test("a topic that is not there cannot be shown; whoever follows it is told that it is early", async () => {
  const cwd = await used();
  expect(await flowctl(["topics", "tail", "outt"], { cwd })).toEqual({ status: 1, stdout: "", stderr: "flowctl: there is no topic `outt`\n  hint: did you mean `out`?\n" });
  expect((await flowctl(["topics", "tail", "nope"], { cwd })).stderr).toContain("hint: `flowctl topics list`");
  const child = spawn(process.execPath, [new URL("../../bin/flowctl.js", import.meta.url).pathname, "topics", "tail", "nope", "--follow"], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  try {
    const stderr = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    expect((await stderr.next()).value).toBe("flowctl: there is no topic `nope` yet");
    expect((await flowctl(["topics", "publish", "nope", '{"n":1}'], { cwd })).status).toBe(0);
    const stdout = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await stdout.next()).value).toContain('{"n":1}');
  } finally {
    child.kill("SIGKILL");
  }
  await closed;
});

test("a topic that nobody reads is told of, and taken", async () => {
  const cwd = await used();
  const typo = await flowctl(["topics", "publish", "inn", '{"n":1}'], { cwd });
  expect(typo).toMatchObject({ status: 0, stdout: expect.stringContaining("1 message to inn"), stderr: expect.stringContaining("did you mean `in`?") });
  expect((await flowctl(["topics", "publish", "in", '{"n":1}'], { cwd })).stderr).toBe("");
  expect((await flowctl(["topics", "publish", "elsewhere", '{"n":1}'], { cwd })).stderr).toBe("  hint: no flow has read `elsewhere` yet\n");
});

test("several at once on the file take turns", async () => {
  const cwd = await used();
  const all = await Promise.all([1, 2, 3].map((n) => flowctl(["topics", "publish", "in", `{"n":${n}}`], { cwd })));
  expect(all.map(({ status, stderr }) => ({ status, stderr }))).toEqual(all.map(() => ({ status: 0, stderr: "" })));
  expect(jsonLines((await flowctl(["topics", "tail", "in", "-o", "json"], { cwd })).stdout).length).toBe(4);
});

test("a followed topic shows what comes, and goes on with whoever serves next", async () => {
  const cwd = await used();
  await using server = await serving(cwd);
  const child = spawn(process.execPath, [new URL("../../bin/flowctl.js", import.meta.url).pathname, "topics", "tail", "in", "--follow", "-o", "json"], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value)).message;
  expect(await next()).toEqual({ n: 0 });
  await flowctl(["topics", "publish", "in", '{"n":1}'], { cwd });
  expect(await next()).toEqual({ n: 1 });
  await server.kill();
  await flowctl(["topics", "publish", "in", '{"n":2}'], { cwd });
  expect(await next()).toEqual({ n: 2 });
  await using _ = await serving(cwd);
  await flowctl(["topics", "publish", "in", '{"n":3}'], { cwd });
  expect(await next()).toEqual({ n: 3 });
  child.kill("SIGINT");
  await closed;
});

test("what is no JSON, no file or no number is a usage error", async () => {
  const cwd = await used();
  for (const args of [["publish", "in", "nowhere.json"], ["publish", "in", "{"], ["tail", "in", "--last", "0"], ["tail", "in", "--last", "many"]]) {
    const { status, stdout } = await flowctl(["topics", ...args], { cwd });
    expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: "" });
  }
});

test("control characters of messages do not reach the terminal", async () => {
  const cwd = await used();
  await flowctl(["topics", "publish", "in", "-", "--key", "k\u001b[2J"], { cwd, input: '"\u009b31m" broken \u001b]0;x\u0007\n' });
  const text = await flowctl(["topics", "tail", "in"], { cwd });
  const json = await flowctl(["topics", "tail", "in", "-o", "json"], { cwd });
  for (const { stdout } of [text, json]) expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  expect(jsonLines(json.stdout).at(-1)).toMatchObject({ key: "k\u001b[2J", raw: expect.stringContaining("broken") });
});

test("doctor: the database, its runs, who serves it, and what is promised", async () => {
  const cwd = await used();
  await flowctl(["run", ".", "-i", '{"n":"x"}'], { cwd });
  const idle = await flowctl(["doctor"], { cwd });
  expect(idle.status).toBe(0);
  expect(idle.stdout).toMatch(/^ok {3}store: +\.flowctl\/flowctl\.db, \d+ KB: runs \d+ KB, topics \d+ KB, free \d+ KB$/m);
  expect(idle.stdout).toMatch(/^ok {3}runs: +0 running, 0 waiting, \d+ ended; 0 messages not yet sent$/m);
  expect(idle.stdout).toMatch(/^ok {3}dead letters: 1: flowctl dlq list$/m);
  expect(idle.stdout).toMatch(/^ok {3}durability: .*survives a crash/m);
  expect(idle.stdout).toMatch(/^ok {3}serving: +nobody/m);
  await using server = await serving(cwd);
  const json = await flowctl(["doctor", "-o", "json"], { cwd });
  expect(JSON.parse(json.stdout)).toEqual(expect.arrayContaining([{ what: "serving", ok: true, says: `process ${server.pid}: copy` }]));
});
