import { renameSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/adapters/sqlite/database.js";
import { openOperator } from "../../src/cli/wire/open-operator.js";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const APPROVAL = `flowctl: v1
flow: approval
topics:
  drafts: { message: { fields: { id: string, text: string } }, key: msg.id }
  posts: { message: { fields: { id: string, text: string, note: string } } }
  editors: { message: Question }
on: drafts
steps:
  - id: ok
    ask: { question: "Publish \${input.text}?", to: editors, output: { fields: { approved: boolean, note: string? } } }
  - { when: "!steps.ok.approved", fail: { code: refused, message: "\${steps.ok.?note.orValue('no')}" } }
  - { emit: posts, with: { id: "\${input.id}", text: "\${input.text}", note: "\${steps.ok.?note.orValue('')}" } }
`;

interface Row {
  readonly run: string;
  readonly flow: string;
  readonly state: string;
  readonly waits: readonly { readonly kind: string; readonly path: string }[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

async function runsIn(cwd: string, ...args: string[]): Promise<Row[]> {
  const { stdout } = await flowctl(["runs", "list", "-o", "json", ...args], { cwd });
  return JSON.parse(stdout);
}

/** The runs, once there are so many in this state. */
async function runsOnce(cwd: string, state: string, many: number): Promise<Row[]> {
  const { stdout } = await untilPrints(["runs", "list", "-o", "json", "--state", state], cwd, (result) => result.status === 0 && JSON.parse(result.stdout).length === many);
  return JSON.parse(stdout);
}

const publish = (cwd: string, topic: string, messages: unknown) => flowctl(["topics", "publish", topic, JSON.stringify(messages)], { cwd });

/** A database with runs that wait, and nobody who serves it. */
async function parked(messages: readonly { id: string; text: string }[]): Promise<string> {
  const cwd = folderWith({ "approval.yaml": APPROVAL });
  const { status } = await flowctl(["run", ".", "-i", JSON.stringify(messages)], { cwd });
  expect(status).toBe(4);
  return cwd;
}

test.each([["runs", "list"], ["runs", "show", "a"], ["runs", "logs", "a"], ["runs", "cancel", "a"], ["runs", "approve", "a"], ["topics", "list"], ["topics", "tail", "t"], ["dlq", "list"], ["dlq", "redrive", "--all"]])(
  "no database yet: %s %s is exit 3 and one sentence",
  async (...args) => {
    const cwd = folderWith({ "approval.yaml": APPROVAL });
    const { status, stdout, stderr } = await flowctl(args, { cwd });
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr).toBe("flowctl: there are no runs here yet: `flowctl run` makes .flowctl/flowctl.db\n  hint: another place is named by `store:` in flowctl.yaml\n");
  },
);

test("a project that keeps its runs in memory has none to work with", async () => {
  const cwd = folderWith({ "flowctl.yaml": "flowctl: v1\nstore: memory\n" });
  const { status, stderr } = await flowctl(["runs", "list"], { cwd });
  expect(status).toBe(3);
  expect(stderr).toMatch(/^flowctl: this project keeps its runs in memory.*\n {2}hint: .*\n$/);
});

test("through the process that serves: a run asks, is shown with how to answer, is approved, and is followed to its end", async () => {
  const cwd = folderWith({ "approval.yaml": APPROVAL });
  await using _ = await serving(cwd);
  expect((await publish(cwd, "drafts", { id: "a", text: "hello \u001b[31m" })).stdout).toBe("1 message to drafts\n");
  const [row] = await runsOnce(cwd, "parked", 1);
  const run = row?.run ?? "";
  expect(row).toMatchObject({ flow: "approval", state: "parked", waits: [{ kind: "ask", path: "ok", question: "Publish hello \u001b[31m?" }], error: null });

  const list = await flowctl(["runs", "list"], { cwd });
  expect(list.stdout).toMatch(new RegExp(`^RUN +FLOW +STATE +AGE +ABOUT\n${run.slice(0, 8)} +approval +parked +\\S.* +ok: Publish hello .\\[31m\\?\n$`, "u"));
  expect(list.stdout).not.toContain("\u001b");
  const shown = await flowctl(["runs", "show", run.slice(0, 6)], { cwd });
  expect(shown.status).toBe(0);
  expect(shown.stdout).toContain(`run:          ${run}\nflow:         approval (`);
  expect(shown.stdout).toContain("ok asks (sent to editors):\n");
  expect(shown.stdout).toContain(`$ flowctl runs approve ${run} ok [--with '{"note":…}']\n`);
  expect(shown.stdout).not.toContain("\u001b");

  const approved = await flowctl(["runs", "approve", run.slice(0, 6), "--with", '{"note":"fine"}'], { cwd });
  expect(approved).toEqual({ status: 0, stdout: `approval ${run}: approved\n`, stderr: "" });
  const logs = await flowctl(["runs", "logs", run, "--follow", "-o", "json"], { cwd });
  expect(logs.status).toBe(0);
  const events = jsonLines<{ type: string; seq: number; data: unknown }>(logs.stdout);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index));
  expect(events.at(0)?.type).toBe("run.admitted");
  expect(events.at(-1)?.type).toBe("run.finished");
  expect(events.find(({ type }) => type === "signal.received")?.data).toMatchObject({ name: "answer", payload: { approved: true, note: "fine" } });

  const posts = await flowctl(["topics", "tail", "posts", "-o", "json"], { cwd });
  expect(jsonLines(posts.stdout)).toEqual([expect.objectContaining({ topic: "posts", message: { id: "a", text: "hello \u001b[31m", note: "fine" } })]);
  const again = await flowctl(["runs", "approve", run, "ok"], { cwd });
  expect({ status: again.status, stdout: again.stdout }).toEqual({ status: 1, stdout: "" });
  expect(again.stderr).toMatch(/^flowctl: run \w+ has ended: completed\n/);
  const json = await flowctl(["runs", "approve", run, "ok", "-o", "json"], { cwd });
  expect({ status: json.status, answer: JSON.parse(json.stdout) }).toEqual({ status: 1, answer: { run, is: "refused", why: "ended", message: expect.any(String) } });
  const view = JSON.parse((await flowctl(["runs", "show", run, "-o", "json"], { cwd })).stdout);
  expect(view).toMatchObject({ run, flow: "approval", state: "completed", waits: [], messages: [{ topic: "editors", payload: { path: "ok" } }, { topic: "posts" }], steps: expect.arrayContaining([expect.objectContaining({ path: "ok", status: "completed" })]) });
});

test("on the file: an answer is kept for the next process; a second one is refused", async () => {
  const cwd = await parked([{ id: "a", text: "one" }, { id: "b", text: "two" }]);
  const rows = await runsIn(cwd);
  const [first = "", second = ""] = rows.map(({ run }) => run);
  const rejected = await flowctl(["runs", "reject", first, "--with", '{"note":"too short"}'], { cwd });
  expect(rejected).toEqual({ status: 0, stdout: `approval ${first}: rejected; the next \`flowctl run\` acts on it\n`, stderr: "" });
  const again = await flowctl(["runs", "approve", first], { cwd });
  expect({ status: again.status, stdout: again.stdout }).toEqual({ status: 1, stdout: "" });
  expect(again.stderr).toContain("has been answered there already");
  expect((await flowctl(["runs", "cancel", second, "--reason", "sent twice"], { cwd })).status).toBe(0);
  await using _ = await serving(cwd);
  const [failed] = await runsOnce(cwd, "failed", 1);
  expect(failed).toMatchObject({ run: first, error: { code: "refused", message: "too short" } });
  const [cancelled] = await runsOnce(cwd, "cancelled", 1);
  expect(cancelled?.run).toBe(second);
  expect((await flowctl(["runs", "show", second], { cwd })).stdout).toMatch(/cancelled by: .+: sent twice/);
});

test("a killed server leaves its socket behind: commands work on the file", async () => {
  const cwd = folderWith({ "approval.yaml": APPROVAL });
  const server = await serving(cwd);
  await publish(cwd, "drafts", { id: "a", text: "x" });
  await runsOnce(cwd, "parked", 1);
  await server.kill();
  expect((await flowctl(["runs", "approve", (await runsIn(cwd))[0]?.run ?? ""], { cwd })).stdout).toContain("the next `flowctl run` acts on it");
  await using _ = await serving(cwd);
  await runsOnce(cwd, "completed", 1);
});

test("a process whose temporary folder others do not see is said to have the file, and what to do", async () => {
  const cwd = folderWith({ "approval.yaml": APPROVAL, "private/x": "" });
  await using _ = await serving(cwd, ["."], { TMPDIR: join(cwd, "private") });
  await publish(cwd, "drafts", { id: "a", text: "x" });
  const [{ run } = { run: "" }] = await runsOnce(cwd, "parked", 1);
  renameSync(join(cwd, "private"), join(cwd, "gone"));
  expect(await flowctl(["doctor"], { cwd })).toMatchObject({ status: 0, stdout: expect.stringMatching(/serving: {6}process \d+ has the file and cannot be asked: /) });
  expect(await flowctl(["runs", "approve", run], { cwd })).toMatchObject({ status: 3, stderr: expect.stringMatching(/FC6016: The process \d+ works on .*\n {2}hint: Its control socket `.*\/private\/.*` is not there\. .*PrivateTmp/) });
});

test("events that a process logs as JSON hold no control character as itself", async () => {
  const cwd = folderWith({ "approval.yaml": APPROVAL });
  await using server = await serving(cwd, [".", "-o", "json"]);
  await publish(cwd, "drafts", { id: "a", text: "\u009b31m red \u001b[2J" });
  await server.says("\\u009b31m red");
  expect(server.stderr().replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("an answer must fit, and be JSON; ids must be known and clear", async () => {
  const cwd = await parked(["a", "b", "c"].map((id) => ({ id, text: "x" })));
  const [{ run } = { run: "" }] = await runsIn(cwd);
  const unfit = await flowctl(["runs", "answer", run, "ok", '{"approved":"yes"}'], { cwd });
  expect(unfit.status).toBe(1);
  expect(unfit.stderr).toMatch(/^flowctl: the answer to `ok` does not fit: .*approved/);
  for (const args of [["answer", run, "ok", "{"], ["approve", run, "--with", "[]"], ["approve", run, "--with", "{"], ["approve", run, "--with", '{"approved":false}'], ["reject", run, "--with", '{"approved":true}']]) {
    const { status, stdout, stderr } = await flowctl(["runs", ...args], { cwd });
    expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: "" });
    expect(stderr).toMatch(/^flowctl: .+\n {2}hint: .+\n$/);
  }
  expect(await flowctl(["runs", "answer", run, "ok", "-"], { cwd, input: '{"approved":true}' })).toMatchObject({ status: 0 });
  const nobody = await flowctl(["runs", "show", "zzzzzz"], { cwd });
  expect({ status: nobody.status, stderr: nobody.stderr }).toEqual({ status: 1, stderr: "flowctl: there is no run `zzzzzz`\n  hint: `flowctl runs list` shows them\n" });
  // Of three ids two begin alike: the first character is one of two.
  const clash = (await runsIn(cwd)).map((row) => row.run.charAt(0)).find((letter, index, all) => all.indexOf(letter) !== index) ?? "";
  const unclear = await flowctl(["runs", "show", clash], { cwd });
  expect(unclear.status).toBe(2);
  expect(unclear.stderr).toContain("begins the ids of several runs");
  const elsewhere = await flowctl(["runs", "answer", run, "nowhere", "1"], { cwd });
  expect(elsewhere.status).toBe(1);
  const calm = await flowctl(["runs", "skip", (await runsIn(cwd))[1]?.run ?? ""], { cwd });
  expect({ status: calm.status, stderr: calm.stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining("does not wait at an incident") });
});

const CHARGE = (url: string): Record<string, string> => ({
  "flowctl.yaml": "flowctl: v1\nnetwork: { allow: [127.0.0.1] }\n",
  "charge.yaml": `flowctl: v1
flow: charge
topics:
  orders: { message: { fields: { id: string } }, key: msg.id, dlq: orders.dlq }
  paid: { message: { fields: { id: string, receipt: string } } }
tools:
  charge: { http: { method: POST, url: "${url}/charge" }, input: { fields: { id: string } }, output: { fields: { receipt: string } }, effect: write }
  pay: { http: { method: POST, url: "${url}/pay" }, input: { fields: { id: string } }, output: { fields: { receipt: string } }, effect: write, idempotency: header }
on: orders
steps:
  - { id: paid, tool: charge, with: { id: "\${input.id}" } }
  - { emit: paid, with: { id: "\${input.id}", receipt: "\${steps.paid.receipt}" } }
`,
});

interface Call {
  readonly url: string;
  readonly key: string | string[] | undefined;
  readonly body: string;
}

/** A server of the test: `answer` gives a status with a body, or null to cut the connection. */
async function payments(answer: (call: Call) => readonly [number, unknown] | null): Promise<{ readonly url: string; readonly calls: Call[] }> {
  const calls: Call[] = [];
  const server: Server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      const call = { url: request.url ?? "", key: request.headers["idempotency-key"], body };
      calls.push(call);
      const given = answer(call);
      if (given === null) return request.socket.destroy();
      return response.writeHead(given[0], { "content-type": "application/json" }).end(JSON.stringify(given[1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, calls };
}

test("incidents: a charge that nobody knows of is resolved, tried again, or skipped", async () => {
  let cut = true;
  const { url, calls } = await payments(() => (cut ? null : [200, { receipt: "r2" }]));
  const cwd = folderWith(CHARGE(url));
  await using _ = await serving(cwd, ["charge.yaml"]);
  await publish(cwd, "orders", [{ id: "a" }, { id: "b" }]);
  const rows = await runsOnce(cwd, "parked", 2);
  expect(rows.map(({ waits }) => waits)).toEqual(rows.map(() => [expect.objectContaining({ kind: "incident", path: "paid" })]));
  const [first = "", second = ""] = rows.map(({ run }) => run);
  expect((await flowctl(["runs", "list"], { cwd })).stdout).toMatch(/charge +incident/);
  const shown = await flowctl(["runs", "show", first], { cwd });
  expect(shown.stdout).toContain(`$ flowctl runs resolve ${first} paid --output JSON\n`);
  const unfit = await flowctl(["runs", "resolve", first, "--output", '{"receipt":1}'], { cwd });
  expect(unfit.status).toBe(1);
  expect(await flowctl(["runs", "resolve", first, "--output", '{"receipt":"by phone"}', "-o", "json"], { cwd })).toEqual({ status: 0, stdout: `{"run":"${first}","is":"accepted"}\n`, stderr: "" });
  cut = false;
  expect((await flowctl(["runs", "retry", second], { cwd })).stdout).toBe(`charge ${second}: tries again\n`);
  await runsOnce(cwd, "completed", 2);
  const { stdout } = await untilPrints(["topics", "tail", "paid", "-o", "json"], cwd, (result) => jsonLines(result.stdout).length === 2);
  expect(jsonLines<{ message: { receipt: string } }>(stdout).map(({ message }) => message.receipt).toSorted()).toEqual(["by phone", "r2"]);
  expect(calls.length).toBe(3);
});

test("a redrive of a failed run is a new run with the first one's idempotency keys", async () => {
  let refuse = true;
  const { url, calls } = await payments(() => (refuse ? [422, { error: "no" }] : [200, { receipt: "r" }]));
  const cwd = folderWith({ ...CHARGE(url), "charge.yaml": CHARGE(url)["charge.yaml"]?.replace("tool: charge", "tool: pay") ?? "" });
  // Fed without an id of its own: what identifies the message is its place.
  expect((await flowctl(["run", "charge.yaml", "-i", '{"id":"a"}'], { cwd })).status).toBe(1);
  const [failed] = await runsIn(cwd);
  expect(failed).toMatchObject({ state: "failed", error: { code: "refused" } });
  const list = await flowctl(["dlq", "list", "-o", "json"], { cwd });
  const [letter] = JSON.parse(list.stdout);
  expect(letter).toMatchObject({ topic: "orders.dlq", run: failed?.run, letter: { raw: '{"id":"a"}', redrives: 0 } });
  expect((await flowctl(["dlq", "list"], { cwd })).stdout).toMatch(/^LETTER +SOURCE +IN +AGE +ERROR\n\w{8} +orders +orders\.dlq +.* +refused: /);
  refuse = false;
  expect((await flowctl(["dlq", "redrive", letter.id.slice(0, 8)], { cwd })).stdout).toMatch(/its message is on orders again\n$/);
  await using _ = await serving(cwd, ["charge.yaml"]);
  const [completed] = await runsOnce(cwd, "completed", 1);
  expect(completed?.run).not.toBe(failed?.run);
  // Once more from the run: the same redrive, which is there already.
  expect((await flowctl(["runs", "retry", failed?.run ?? "", "--new"], { cwd })).status).toBe(0);
  expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
  expect(calls[0]?.key).toMatch(/^\w{26}$/);
});

test("a letter of the store is gone when its message is on its topic; one that cannot be mended comes back", async () => {
  const cwd = folderWith({ "approval.yaml": APPROVAL });
  expect((await flowctl(["run", ".", "-i", '{"id":7}'], { cwd })).status).toBe(1);
  const [letter] = JSON.parse((await flowctl(["dlq", "list", "-o", "json"], { cwd })).stdout);
  expect(letter).toMatchObject({ topic: null, run: null, letter: { raw: '{"id":7}', error: { code: "schema" } } });
  const shown = await flowctl(["dlq", "show", letter.id], { cwd });
  expect(shown.stdout).toContain("in:       the store\n");
  expect(shown.stdout).toContain(`$ flowctl dlq redrive ${letter.id}\n`);
  expect((await flowctl(["dlq", "redrive"], { cwd })).status).toBe(2);
  expect((await flowctl(["dlq", "redrive", "nothing"], { cwd })).status).toBe(1);
  expect(await flowctl(["dlq", "redrive", "--all"], { cwd })).toEqual({ status: 2, stdout: "", stderr: "flowctl: 1 letter would be redriven\n  hint: say it again with `--yes`; `--dry-run` only counts\n" });
  expect((await flowctl(["dlq", "redrive", "--all", "--yes"], { cwd })).status).toBe(0);
  expect(await flowctl(["dlq", "list"], { cwd })).toEqual({ status: 0, stdout: "", stderr: "no dead letters\n" });
  await using _ = await serving(cwd);
  const { stdout } = await untilPrints(["dlq", "list", "-o", "json"], cwd, (result) => result.stdout !== "[]\n" && result.stdout !== "");
  expect(JSON.parse(stdout)).toMatchObject([{ letter: { raw: '{"id":7}', redrives: 1 } }]);
});

test("runs show of a long run: the first hundreds of its steps, how many more there are, and --all", async () => {
  const cwd = folderWith({
    "many.yaml": "flowctl: v1\nflow: many\ntopics: { ins: { message: { fields: { ns: 'integer[]' } } } }\non: ins\ntools: { t: { module: ./t.mjs#t, effect: read, input: { fields: { n: integer } }, output: integer } }\nsteps:\n  - id: all\n    map: { over: input.ns, as: n }\n    do: [{ id: d, tool: t, with: { n: '${n}' } }]\n",
    "t.mjs": "export const t = ({ n }) => n;\n",
  });
  expect((await flowctl(["run", ".", "-i", JSON.stringify({ ns: Array.from({ length: 400 }, (_, n) => n) })], { cwd })).status).toBe(0);
  const [row] = await runsIn(cwd);
  const run = row?.run ?? "";
  const some = (await flowctl(["runs", "show", run], { cwd })).stdout;
  expect(some.match(/^ *\S+ +completed /gm)?.length).toBe(300);
  expect(some).toContain(`\n… 501 more (\`flowctl runs logs ${run}\` has all, so has --all)\n`);
  const all = (await flowctl(["runs", "show", run, "--all"], { cwd })).stdout;
  expect(all.match(/^ *\S+ +completed /gm)?.length).toBe(801);
  expect(all).not.toContain(" more (");
});

test("runs show of a run and of those that its steps have started name each other, also when they have ended", async () => {
  const tools = "tools:\n  t: { module: ./t.mjs#t, effect: read, input: { fields: { n: integer } }, output: { fields: { n: integer } } }\n  bad: { module: ./t.mjs#bad, effect: read, input: { fields: { n: integer } }, output: { fields: { n: integer } } }\n";
  const steps = "steps:\n  - { id: far, tool: t, with: '${input}', queue: q }\n  - { id: off, call: other, with: '${input}', detach: true }\n  - { id: no, tool: bad, with: '${input}', queue: q, catch: [ { on: [any], do: [] } ] }\n";
  const cwd = folderWith({
    "flow.yaml": `flowctl: v1\nflow: main\non: { manual: {} }\ninput: { fields: { n: integer } }\n${tools}${steps}---\nflowctl: v1\nflow: other\ninput: { fields: { n: integer } }\nvalue: 1\n`,
    "t.mjs": "export const t = ({ n }) => ({ n });\nexport const bad = () => { throw new Error('not today'); };\n",
  });
  await flowctl(["run", "flow.yaml#main", "-i", '{ "n": 7 }'], { cwd });
  const rows = await runsIn(cwd);
  const idOf = (flow: string): string => rows.find((row) => row.flow === flow)?.run ?? "";
  const show = async (run: string): Promise<string> => (await flowctl(["runs", "show", run], { cwd })).stdout;
  const main = await show(idOf("main"));
  expect(main).toContain(`run ${idOf("main/far")}: {"n":7}\n`);
  expect(main).toContain(` {"run":"${idOf("other")}"}\n`);
  expect(main).toMatch(new RegExp(`run ${idOf("main/no")}: unavailable: .*not today\\n`));
  for (const flow of ["main/far", "main/no", "other"]) expect(await show(idOf(flow))).toContain(`of run ${idOf("main")}`);
});

test("a command beside the first open of a database waits for its tables", async () => {
  const database = join(folderWith({ "flowctl.db": "" }), "flowctl.db");
  const opening = openOperator(database);
  // Another process has made the file and not yet its tables.
  await (await openDatabase(database))[Symbol.asyncDispose]();
  await using operator = await opening;
  expect(await operator.store.runs({ limit: 1 })).toEqual([]);
});

test("a signal: before its wait and at it, with and without a process that serves; to another name, of another type and to a run that has ended", async () => {
  const cwd = folderWith({
    "order.yaml": `flowctl: v1
flow: order
topics: { orders: { message: { fields: { id: string } } }, paid: {} }
on: orders
steps:
  - { id: go, wait: { signal: go } }
  - { id: p, wait: { signal: paid, type: { fields: { amount: number } } } }
  - { emit: paid, with: "\${steps.p}" }
`,
  });
  expect((await flowctl(["run", ".", "-i", '{"id":"a"}'], { cwd })).status).toBe(4);
  const [row] = await runsIn(cwd);
  const run = row?.run ?? "";
  const shown = await flowctl(["runs", "show", run], { cwd });
  expect(shown.stdout).toContain(`go waits for the signal go:\n  $ flowctl runs signal ${run} go JSON\n`);
  expect((await flowctl(["runs", "list"], { cwd })).stdout).toContain("go: waits for the signal go\n");
  const early = await flowctl(["runs", "signal", run, "paid", '{"amount":5}'], { cwd });
  expect(early).toMatchObject({ status: 0, stdout: `order ${run}: the signal \`paid\` is kept for its wait; the next \`flowctl run\` acts on it\n` });
  expect(await flowctl(["runs", "signal", run, "paid", '{"amount":"5"}'], { cwd })).toMatchObject({ status: 1, stderr: expect.stringContaining("does not fit") });
  expect(await flowctl(["runs", "signal", run, "payed", "1"], { cwd })).toMatchObject({ status: 1, stderr: expect.stringContaining("but for `go`, `paid`") });
  await using _ = await serving(cwd);
  expect(await flowctl(["runs", "signal", run, "go", "null"], { cwd })).toMatchObject({ status: 0, stdout: `order ${run}: the signal \`go\` has come\n` });
  await runsOnce(cwd, "completed", 1);
  expect((await flowctl(["topics", "tail", "paid", "-o", "json"], { cwd })).stdout).toContain('"amount":5');
  expect(await flowctl(["runs", "signal", run, "go", "null"], { cwd })).toMatchObject({ status: 1, stderr: expect.stringContaining("has ended: completed") });
});

test("a wait for a message: fed by hand, by name; what it waits for is shown", async () => {
  const cwd = folderWith({
    "order.yaml": `flowctl: v1
flow: order
topics:
  orders: { message: { fields: { id: string } } }
  paid: { message: { fields: { id: string, amount: number } }, key: msg.id }
  done: {}
on: orders
steps:
  - { id: p, wait: { topic: paid, key: "\${input.id}" } }
  - { emit: done, with: "\${steps.p.amount}" }
`,
  });
  const first = await flowctl(["run", ".", "-i", '[{"id":"a"},{"id":"b"}]'], { cwd });
  expect(first).toMatchObject({ status: 4, stdout: "" });
  const [row] = await runsIn(cwd);
  expect((await flowctl(["runs", "show", row?.run ?? ""], { cwd })).stdout).toContain("p waits for a message of paid, key b:\n  $ flowctl topics publish paid JSON\n");
  expect((await flowctl(["runs", "list"], { cwd })).stdout).toContain("p: waits for a message of paid, key a\n");
  const second = await flowctl(["run", ".", "-i", 'paid={"id":"b","amount":7}'], { cwd });
  expect(jsonLines(second.stdout)).toMatchObject([{ topic: "done", message: 7 }]);
  expect((await runsIn(cwd)).map(({ state }) => state)).toEqual(["completed", "parked"]);
});

test("runs retry --new of a run that a step has started names the one whose message is sent again", async () => {
  const cwd = folderWith({ "tools.mjs": "export const work = ({ a }) => ({ a });\n", "flow.yaml": `flowctl: v1
flow: f
tools: { work: { module: ./tools.mjs#work, input: { fields: { a: integer } }, output: { fields: { a: integer } }, effect: read } }
on: { manual: {} }
input: { fields: { a: integer } }
steps: [ { id: far, tool: work, queue: q, with: "\${input}" } ]
` });
  expect((await flowctl(["run", "flow.yaml", "-i", 'f={"a":1}'], { cwd })).status).toBe(0);
  const [child, parent] = await Promise.all(["f/far", "f"].map(async (flow) => (await runsIn(cwd, "--flow", flow))[0]?.run ?? ""));
  const again = await flowctl(["runs", "retry", child ?? "", "--new"], { cwd });
  expect([again.status, again.stderr]).toEqual([1, `flowctl: run ${child} was started by the step \`far\` of run ${parent}: it has no message\n  hint: send that one's message again: \`flowctl runs retry ${parent} --new\`\n`]);
});
