import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "../servers/start.js";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer("tool-server");
});
afterAll(() => server.close());

const DETECT = `flowctl: v1
flow: detect
topics:
  sales: { message: { fields: { id: string, qty: integer } }, key: msg.id, dlq: sales.dlq }
  low: { message: { fields: { id: string } } }
on: { topic: sales, where: msg.qty < 10, dedupe: { key: msg.id, ttl: 1h } }
steps: [ { emit: low, with: { id: "\${input.id}" } } ]
`;
const NOTIFY = `flowctl: v1
flow: notify
topics:
  low: { message: { fields: { id: string } } }
  mails: { message: { fields: { text: string } } }
on: low
steps: [ { emit: mails, with: { text: "\${input.id} is low" } } ]
`;
const DOUBLE = `flowctl: v1
flow: double
on: { manual: {} }
input: { fields: { n: number } }
steps:
  - { when: input.n < 0, fail: { code: negative, message: "\${input.n} is negative" } }
value: { n: "\${input.n * 2}" }
`;

test("a topic's messages: drops, duplicates, and what comes out", async () => {
  const cwd = folderWith({ "detect.yaml": DETECT, "sales.jsonl": '{"id":"a","qty":3}\n{"id":"b","qty":30}\n\n{"id":"a","qty":3}\n' });
  const { status, stdout, stderr } = await flowctl(["run", "detect.yaml", "-i", "sales.jsonl"], { cwd });
  expect(status).toBe(0);
  expect(jsonLines(stdout)).toEqual([{ topic: "low", key: expect.anything(), id: expect.stringMatching(/.+/), message: { id: "a" } }]);
  expect(stderr).toMatch(/^messages: +3 \(1 dropped by where, 1 duplicates\)\nruns: +1 \(1 completed, 0 failed\)\ndead letters: 0\nemitted: +1\nmodel calls: +0 .*\ntime per run: p50 .*, p99 .*\n$/);
});

test("a line that is no JSON is named, whether a topic or a flow by hand gets it", async () => {
  const cwd = folderWith({ "detect.yaml": DETECT, "double.yaml": DOUBLE, "bad.jsonl": '{"id":"a","qty":3}\n\n{"id":"b",\n' });
  for (const flow of ["detect.yaml", "double.yaml"]) {
    const { status, stderr } = await flowctl(["run", flow, "-i", "bad.jsonl", "--fresh"], { cwd });
    expect(status).toBe(1);
    expect(stderr).toMatch(/\nno JSON: {6}bad\.jsonl:3 {2}[^\n]+ at position 10\n$/);
  }
});

test("a message that the format of its topic cannot hold is named, and nothing is fed", async () => {
  const flow = "flowctl: v1\nflow: avro\ntopics: { in: { format: avro, message: { $ref: in.avsc } }, out: {} }\non: in\nsteps: [ { emit: out, with: \"${input}\" } ]\n";
  const cwd = folderWith({ "flow.yaml": flow, "in.avsc": '{"type":"record","name":"In","fields":[{"name":"n","type":"int"}]}', "bad.jsonl": '{"n":1}\n{"n":"x"}\n' });
  expect(await flowctl(["run", "flow.yaml", "-i", "bad.jsonl", "--fresh"], { cwd })).toEqual({ status: 2, stdout: "", stderr: expect.stringMatching(/^flowctl: bad\.jsonl:2 cannot be fed: /) });
  expect((await flowctl(["run", "flow.yaml", "-i", '[{"n":1},{"n":"x"}]', "--fresh"], { cwd })).stderr).toMatch(/^flowctl: message 2 of the list cannot be fed: /);
});

test("below the summary: what failed, what waits, and why a second run has nothing to do", async () => {
  const flow = `flowctl: v1
flow: posts
topics: { drafts: { message: { fields: { id: string, ok: boolean } } } }
on: { topic: drafts, dedupe: { key: msg.id, ttl: 1h } }
steps:
  - { when: "!input.ok", fail: { code: rejected, message: "\${input.id} is not good" } }
  - { ask: { question: "Publish \${input.id}?", output: { fields: { approved: boolean } } } }
`;
  const cwd = folderWith({ "posts.yaml": flow });
  const feed = (...args: string[]) => flowctl(["run", ".", "-i", '[{"id":"a","ok":true},{"id":"b","ok":false}]', ...args], { cwd });
  const first = await feed();
  expect(first.status).toBe(1);
  expect(first.stderr).toMatch(/\nfailed: +[a-z2-7]{26} {2}rejected: b is not good\nwaiting: +[a-z2-7]{26} {2}.*: Publish a\?\n {2}hint: .*flowctl runs show RUN.*\n$/);
  const second = await feed();
  expect(second.status).toBe(0);
  expect(second.stderr).toMatch(/2 duplicates\)[^]*--fresh/);
  expect(second.stderr).not.toContain("time per run");
  // Its store is gone when somebody could answer.
  expect((await feed("--fresh")).stderr).not.toContain("runs show");
  expect(jsonLines((await feed("-o", "json")).stderr)).toHaveLength(1);
});

test("a summary as JSON", async () => {
  const cwd = folderWith({ "detect.yaml": DETECT });
  const { stderr } = await flowctl(["run", "detect.yaml", "-o", "json", "-i", '[{"id":"a","qty":3},{"id":"b","qty":30}]'], { cwd });
  expect(jsonLines(stderr)).toEqual([
    expect.objectContaining({ messages: 2, filtered: 1, duplicates: 0, runs: 1, completed: 1, failed: 0, dlq: 0, emitted: 1, modelCalls: 0, tokensIn: 0, tokensOut: 0, usd: 0, p50: expect.any(Number), p99: expect.any(Number) }),
  ]);
});

test("messages that a loaded flow consumes are printed with --all-topics only", async () => {
  const cwd = folderWith({ "detect.yaml": DETECT, "notify.yaml": NOTIFY });
  const topics = async (...args: string[]) => jsonLines((await flowctl(["run", ".", "--fresh", "-i", '{"id":"a","qty":3}', ...args], { cwd })).stdout);
  expect(await topics()).toEqual([expect.objectContaining({ topic: "mails", message: { text: "a is low" } })]);
  expect((await topics("--all-topics")).toSorted()).toEqual(expect.arrayContaining([expect.objectContaining({ topic: "low" }), expect.objectContaining({ topic: "mails" })]));
});

test("manual runs: a line for each, exit 1 when one failed", async () => {
  const cwd = folderWith({ "double.yaml": DOUBLE, "many.json": '[{"n":1},{"n":2}]' });
  const good = await flowctl(["run", "double.yaml", "-i", "double=many.json"], { cwd });
  expect(good.status).toBe(0);
  expect(jsonLines(good.stdout)).toEqual([1, 2].map((n) => ({ flow: "double", run: expect.any(String), status: "completed", output: { n: n * 2 } })));
  const failed = await flowctl(["run", "double.yaml", "-i", "-"], { cwd, input: '{"n":-1}\n{"n":3}\n' });
  expect(failed.status).toBe(1);
  expect(jsonLines(failed.stdout)).toEqual([
    { flow: "double", run: expect.any(String), status: "failed", error: expect.objectContaining({ code: "negative", message: "-1 is negative" }) },
    { flow: "double", run: expect.any(String), status: "completed", output: { n: 6 } },
  ]);
  const wrong = await flowctl(["run", "double.yaml", "-i", '{"n":"three"}'], { cwd });
  expect(wrong.status).toBe(1);
  expect(jsonLines(wrong.stdout)).toEqual([expect.objectContaining({ status: "failed", error: expect.objectContaining({ message: expect.stringContaining("n") }) })]);
});

test("a line that does not parse, and a message that breaks the schema, are dead letters: exit 1", async () => {
  const cwd = folderWith({ "detect.yaml": DETECT, "sales.ndjson": '{"id":"a","qty":3}\n{"id":"b"\n{"id":"c","qty":"many"}\n' });
  const { status, stdout, stderr } = await flowctl(["run", "detect.yaml", "-i", "sales=sales.ndjson"], { cwd });
  expect(status).toBe(1);
  const letters = jsonLines(stdout).filter((line) => typeof line === "object" && line !== null && "topic" in line && line.topic === "sales.dlq");
  expect(letters).toEqual([
    expect.objectContaining({ message: expect.objectContaining({ raw: '{"id":"b"', error: expect.objectContaining({ code: "decode" }) }) }),
    expect.objectContaining({ message: expect.objectContaining({ message: { id: "c", qty: "many" }, error: expect.objectContaining({ code: "schema" }) }) }),
  ]);
  expect(stderr).toContain("dead letters: 2");
});

test("a dead letter without a dlq topic is printed too", async () => {
  const cwd = folderWith({ "notify.yaml": NOTIFY });
  const { status, stdout } = await flowctl(["run", "notify.yaml", "-i", '{"id":7}'], { cwd });
  expect(status).toBe(1);
  expect(jsonLines(stdout)).toEqual([expect.objectContaining({ message: expect.objectContaining({ error: expect.objectContaining({ code: "schema" }) }) })]);
});

test("an input goes where it fits; where several fit, the choices are named", async () => {
  const cwd = folderWith({ "detect.yaml": DETECT, "double.yaml": DOUBLE, "again.yaml": DOUBLE.replace("flow: double", "flow: again") });
  const fits = await flowctl(["run", ".", "-i", '{"id":"a","qty":1}'], { cwd });
  expect(fits.status).toBe(0);
  expect(jsonLines(fits.stdout)).toEqual([expect.objectContaining({ topic: "low" })]);
  const unclear = await flowctl(["run", ".", "-i", '{"n":1}'], { cwd });
  expect({ status: unclear.status, stdout: unclear.stdout }).toEqual({ status: 2, stdout: "" });
  expect(unclear.stderr).toContain("`-i again=…`, `-i double=…`");
  expect(unclear.stderr).not.toContain("sales");
  const unknown = await flowctl(["run", ".", "-i", 'nobody={"n":1}'], { cwd });
  expect(unknown.status).toBe(2);
  expect(unknown.stderr).toContain("`nobody`");
});

test("usage errors: no such file, not JSON, no flow, what goes with serving only", async () => {
  const cwd = folderWith({ "double.yaml": DOUBLE, "broken.json": "{", "library.yaml": "flowctl: v1\ntypes: { A: { fields: { a: string } } }\n" });
  for (const args of [["double.yaml", "--tui"], ["double.yaml", "--watch", "-i", "1"], ["double.yaml", "-i", "nowhere.json"], ["double.yaml", "-i", "broken.json"], ["double.yaml", "-i", "{n:1}"], ["library.yaml", "-i", "1"]]) {
    const { status, stdout, stderr } = await flowctl(["run", ...args], { cwd });
    expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: "" });
    expect(stderr).toMatch(/^flowctl: .+\n {2}hint: .+\n$/);
  }
});

test("a flow with errors does not run", async () => {
  const cwd = folderWith({ "detect.yaml": DETECT.replace("msg.qty", "msg.qyt") });
  const { status, stdout, stderr } = await flowctl(["run", "detect.yaml", "-i", '{"id":"a","qty":3}'], { cwd });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("did you mean `qty`?");
});

const echoing = (what: string): string => `flowctl: v1
flow: ask
tools:
  ask:
    http: { method: GET, url: "${server.url}/effect/${what}", headers: { authorization: "Bearer \${env:ASK_TOKEN}" } }
    output: { type: object, required: [id], properties: { id: { type: string } } }
on: { manual: {} }
input: { fields: { q: string? } }
steps: [ { id: a, tool: ask, with: {} } ]
`;

test("a missing secret: exit 3 with FC6001 before anything runs", async () => {
  const cwd = folderWith({ "ask.yaml": echoing("400") });
  const { status, stdout, stderr } = await flowctl(["run", "ask.yaml", "-i", "{}"], { cwd, env: { ASK_TOKEN: "" } });
  expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
  expect(stderr).toMatch(/^flowctl: FC6001: .*ASK_TOKEN/);
});

test("a secret that a failing service echoes is in no output", async () => {
  const cwd = folderWith({ "ask.yaml": echoing("400"), "flowctl.yaml": "flowctl: v1\nnetwork: { allow: [127.0.0.1] }\n" });
  const { status, stdout, stderr } = await flowctl(["run", "ask.yaml", "-i", "{}"], { cwd, env: { ASK_TOKEN: "planted-value-1234" } });
  expect(status).toBe(1);
  expect(jsonLines(stdout)).toEqual([expect.objectContaining({ status: "failed", error: expect.objectContaining({ code: "refused" }) })]);
  // The service did get it, and said it back.
  expect(await (await fetch(`${server.url}/seen`)).json()).toMatchObject({ headers: { authorization: "Bearer planted-value-1234" } });
  expect(stdout + stderr).not.toContain("planted-value");
});

test("private addresses are not reached without network.allow", async () => {
  const cwd = folderWith({ "ask.yaml": echoing("ok"), "open/flowctl.yaml": "flowctl: v1\nnetwork: { allow: [127.0.0.1] }\n" });
  const closed = await flowctl(["run", "ask.yaml", "-i", "{}"], { cwd, env: { ASK_TOKEN: "t" } });
  expect(closed.status).toBe(1);
  expect(closed.stdout).toContain("network.allow");
  const open = await flowctl(["run", "../ask.yaml", "-i", "{}"], { cwd: `${cwd}/open`, env: { ASK_TOKEN: "t" } });
  expect(open.status).toBe(0);
  expect(jsonLines(open.stdout)).toEqual([expect.objectContaining({ status: "completed", output: expect.objectContaining({ id: expect.any(String) }) })]);
});

test("a person is asked: exit 4, also for a manual run", async () => {
  const ask = `flowctl: v1
flow: ask
on: { manual: {} }
input: { fields: { q: string? } }
steps: [ { id: ok, ask: { question: "Go on?", output: { fields: { approved: boolean } } } } ]
`;
  const { status, stdout, stderr } = await flowctl(["run", "-", "-i", "{}"], { input: ask, cwd: folderWith() });
  expect({ status, lines: jsonLines(stdout) }).toEqual({ status: 4, lines: [{ flow: "ask", run: expect.any(String), status: "parked" }] });
  expect(stderr).toContain("1 waiting)");
});

test("many manual runs through a pipe are all printed", async () => {
  const cwd = folderWith({ "double.yaml": DOUBLE });
  const input = Array.from({ length: 5000 }, (_, n) => `{"n":${n}}`).join("\n");
  const { status, stdout } = await flowctl(["run", "double.yaml", "-i", "-"], { cwd, input });
  expect(status).toBe(0);
  expect(jsonLines(stdout)).toHaveLength(5000);
});

test("what a module logs goes to stderr; a file may have `=` in its name", async () => {
  const flow = `flowctl: v1
flow: talk
tools: { say: { module: ./say.mjs#say, input: { fields: { n: number } }, output: { fields: { n: number } }, effect: read } }
on: { manual: {} }
input: { fields: { n: number } }
steps: [ { id: s, tool: say } ]
value: "\${steps.s}"
`;
  const cwd = folderWith({ "talk.yaml": flow, "say.mjs": "export const say = (input, ctx) => { ctx.log(`got ${input.n}`); return input; };\n", "n=1.json": '{"n":1}' });
  const { status, stdout, stderr } = await flowctl(["run", "talk.yaml", "-i", "n=1.json", "--fresh"], { cwd });
  expect({ status, out: jsonLines(stdout) }).toMatchObject({ status: 0, out: [{ output: { n: 1 } }] });
  expect(stderr).toMatch(/^\S+ {2}s: got 1$/m);
});

test("-i takes a file whose name begins with digits, as a date does; a number alone is the message", async () => {
  const flow = "flowctl: v1\nflow: takes\non: { manual: {} }\ninput: number\nsteps: [ { set: \"${input + 1}\" } ]\nvalue: \"${steps.set1}\"\noutput: number\n";
  const cwd = folderWith({ "flow.yaml": flow, "2026-11-23.json": "4", "7.jsonl": "5\n6\n" });
  const outputs = async (input: string): Promise<unknown> => {
    const { stdout } = await flowctl(["run", "flow.yaml", "-i", input, "--fresh"], { cwd });
    return stdout.trimEnd().split("\n").map((line) => JSON.parse(line || "{}").output);
  };
  expect(await outputs("2026-11-23.json")).toEqual([5]);
  expect(await outputs("7.jsonl")).toEqual([6, 7]);
  expect(await outputs("-1.5e2 ")).toEqual([-149]);
});

test("below the summary stands what each run waits for", async () => {
  const flow = `flowctl: v1
flow: waits
topics: { paid: { message: { fields: { id: string } }, key: msg.id } }
on: { manual: {} }
input: { fields: { id: string } }
lock: "'one'"
steps: [ { id: money, wait: { topic: paid, key: "\${input.id}" } } ]
`;
  const { status, stderr } = await flowctl(["run", "-", "-i", '[{ "id": "a" }, { "id": "b" }]'], { input: flow, cwd: folderWith() });
  expect(status).toBe(4);
  expect(stderr).toMatch(/money: waits for a message of paid, key [ab]/);
  expect(stderr).toContain("waits for the lock one");
  expect(stderr).not.toContain("!lock");
});
