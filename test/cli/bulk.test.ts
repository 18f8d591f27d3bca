import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

/** Two flows read one topic; `strict` fails for what is too much, by an error that makes a letter. */
const FLOWS = {
  "flows.yaml": `flowctl: v1
flow: strict
topics: { orders: { message: { fields: { id: string, n: integer } }, key: msg.id }, seen: { message: { fields: { id: string, by: string } } } }
tools: { check: { module: ./check.mjs#check, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: read } }
on: orders
steps:
  - { tool: check, with: { n: "\${input.n}" } }
  - { emit: seen, with: { id: "\${input.id}", by: strict } }
---
flowctl: v1
flow: other
topics: { orders: { message: { fields: { id: string, n: integer } }, key: msg.id }, seen: { message: { fields: { id: string, by: string } } } }
on: orders
steps:
  - { emit: seen, with: { id: "\${input.id}", by: other } }
---
flowctl: v1
flow: asks
topics: { asked: { message: { fields: { id: string } } } }
on: asked
steps: [ { ask: { question: "Go on?", output: { fields: { approved: boolean } } } } ]
`,
  "check.mjs": `import { existsSync } from "node:fs";
export const check = ({ n }) => { if (n > 1 && !existsSync(new URL("./mended", import.meta.url))) throw Object.assign(new Error("too much"), { code: "refused" }); return { n }; };
`,
};

const run = (cwd: string, ...args: string[]) => flowctl(args, { cwd });
const states = async (cwd: string, flow: string, state: string): Promise<number> => JSON.parse((await run(cwd, "runs", "list", "--flow", flow, "--state", state, "-o", "json")).stdout).length;

async function failures(): Promise<string> {
  const cwd = folderWith(FLOWS);
  const orders = JSON.stringify([{ id: "a", n: 1 }, { id: "b", n: 2 }, { id: "c", n: 3 }]);
  expect((await run(cwd, "run", "flows.yaml", "-i", `orders=${orders}`, "-i", 'asked=[{"id":"x"},{"id":"y"}]')).status).toBe(1);
  expect(await states(cwd, "strict", "failed")).toBe(2);
  return cwd;
}

const mend = async (cwd: string): Promise<void> => (await import("node:fs/promises")).writeFile(`${cwd}/mended`, "");

test("letters are chosen by flow, code and condition, counted first, and go to the flow whose they are", async () => {
  const cwd = await failures();
  expect((await run(cwd, "dlq", "redrive", "--flow", "strict", "--dry-run")).stdout).toBe("2 letters would be redriven\n");
  expect((await run(cwd, "dlq", "redrive", "--flow", "other", "--dry-run", "-o", "json")).stdout).toBe('{"found":0}\n');
  expect((await run(cwd, "dlq", "redrive", "--code", "timeout", "--dry-run")).stdout).toBe("0 letters would be redriven\n");
  const some = ["dlq", "redrive", "--code", "refused", "--where", "msg.message.n > 2 && msg.source.topic == 'orders'"];
  expect(await run(cwd, ...some)).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("1 letter would be redriven") });
  await mend(cwd);
  expect((await run(cwd, ...some, "--yes")).stdout).toMatch(/its message is on orders again\n$/);
  expect((await run(cwd, "dlq", "redrive", "--all", "--dry-run")).stdout).toBe("1 letter would be redriven\n");
  await using _ = await serving(cwd, ["flows.yaml"]);
  await untilPrints(["topics", "tail", "seen", "-o", "json"], cwd, ({ stdout }) => stdout.includes('"id":"c","by":"strict"'));
  await untilPrints(["topics", "lag", "-o", "json"], cwd, ({ stdout }) => JSON.parse(stdout).lags.every(({ lag }: { lag: number }) => lag === 0));
  const { stdout } = await run(cwd, "topics", "tail", "seen", "-o", "json");
  expect(stdout.match(/"by":"other"/g)).toHaveLength(3);
});

test("all letters of the store are sent again, however many, the oldest first", async () => {
  const cwd = folderWith({ "flow.yaml": "flowctl: v1\nflow: strict\ntopics: { orders: { message: { fields: { n: integer } } } }\non: orders\nsteps: [ { set: \"${input.n}\" } ]\n" });
  await using _ = await serving(cwd, ["flow.yaml"]);
  const wrong = Array.from({ length: 2500 }, (_, n) => `{"n":"${n}"}`).join("\n");
  expect((await flowctl(["topics", "publish", "orders", "-"], { cwd, input: wrong })).status).toBe(0);
  await untilPrints(["dlq", "redrive", "--all", "--dry-run"], cwd, ({ stdout }) => stdout === "2,500 letters would be redriven\n");
  // Those that were among the newest fail again at once, and are the newest then.
  const { status, stdout } = await run(cwd, "dlq", "redrive", "--where", "msg.redrives == 0", "--yes", "-o", "json");
  expect([status, JSON.parse(stdout).length]).toEqual([0, 2500]);
  await untilPrints(["dlq", "redrive", "--where", "msg.redrives == 1", "--dry-run"], cwd, ({ stdout }) => stdout === "2,500 letters would be redriven\n");
  const sent = (await run(cwd, "topics", "tail", "orders", "--last", "1000", "-o", "json")).stdout.trim().split("\n").map((line) => Number(JSON.parse(line).message.n));
  expect(sent).toEqual(Array.from({ length: 1000 }, (_, index) => 1500 + index));
});

test("a condition that is wrong is exit 2, one that fails for a letter exit 1, and nothing is sent", async () => {
  const cwd = await failures();
  for (const [text, status, says] of [["msg.eror.code == 'x'", 2, "did you mean `error`?"], ["msg.error.code", 2, "must be true or false"], ["msg.(", 2, "is no expression"], ["msg.message.total > 1", 1, "fails for the letter"]] as const) {
    expect(await run(cwd, "dlq", "redrive", "--where", text, "--yes")).toMatchObject({ status, stdout: "", stderr: expect.stringContaining(says) });
  }
  expect((await run(cwd, "dlq", "redrive", "--all", "--dry-run")).stdout).toBe("2 letters would be redriven\n");
  expect((await run(cwd, "dlq", "redrive", "a", "--flow", "strict"))).toMatchObject({ status: 2 });
});

test.each([["beside a serving process", true], ["without one", false]])("failed runs go on and open ones end, all of a flow, %s", async (_name, served) => {
  const cwd = await failures();
  await mend(cwd);
  await using server = served ? await serving(cwd, ["flows.yaml"]) : null;
  expect(await run(cwd, "runs", "retry", "--failed", "--flow", "strict")).toMatchObject({ status: 2, stderr: expect.stringContaining("2 runs would be retried") });
  expect((await run(cwd, "runs", "retry", "--failed")).status).toBe(2);
  expect((await run(cwd, "runs", "retry", "--failed", "--flow", "strict", "--yes")).stdout).toMatch(/^2 runs asked to go on/);
  expect((await run(cwd, "runs", "cancel", "--flow", "asks", "--dry-run")).stdout).toBe("2 runs would be cancelled\n");
  expect((await run(cwd, "runs", "cancel", "--flow", "asks", "--yes", "--reason", "sent twice")).stdout).toMatch(/^2 runs asked to end/);
  await using _ = server ?? (await serving(cwd, ["flows.yaml"]));
  await untilPrints(["runs", "list", "--flow", "strict", "--state", "completed", "-o", "json"], cwd, ({ stdout }) => JSON.parse(stdout).length === 3);
  await untilPrints(["runs", "list", "--flow", "asks", "--state", "cancelled", "-o", "json"], cwd, ({ stdout }) => JSON.parse(stdout).length === 2);
  expect((await run(cwd, "runs", "retry", "--failed", "--flow", "strict", "--yes")).stdout).toBe("0 runs asked to go on\n");
});

test("without a process that serves, the file is opened once for many runs, not for each of them", async () => {
  const cwd = folderWith(FLOWS);
  const many = JSON.stringify(Array.from({ length: 60 }, (_, n) => ({ id: String(n) })));
  expect((await run(cwd, "run", "flows.yaml", "-i", `asked=${many}`)).status).toBe(4);
  // SQLite counts there how often the file was written (https://www.sqlite.org/fileformat2.html#file_change_counter): once by each who takes the lock.
  const taken = (): number => readFileSync(`${cwd}/.flowctl/flowctl.db.lock`).readUInt32BE(24);
  const before = taken();
  expect((await run(cwd, "runs", "cancel", "--flow", "asks", "--yes")).stdout).toMatch(/^60 runs asked to end/);
  expect(taken() - before).toBeLessThan(6);
});

test("a flow that is not there is no flow without runs", async () => {
  const cwd = await failures();
  for (const command of [["cancel"], ["retry", "--failed"]]) {
    expect(await run(cwd, "runs", ...command, "--flow", "stric", "--yes")).toMatchObject({ status: 1, stdout: "", stderr: "flowctl: no run is asked: there is no flow `stric` in the project, and no run of one in the store\n  hint: did you mean `strict`?\n" });
  }
  expect(await run(cwd, "runs", "cancel", "--flow", "other", "--yes")).toMatchObject({ status: 0, stdout: "0 runs asked to end\n" });
});

test("a bulk form that is refused says so, also without a process that serves: exit 1, and how many", async () => {
  const cwd = folderWith({ "late.yaml": "flowctl: v1\nflow: late\ntopics: { in: { message: { fields: { id: string } } } }\non: in\ntimeout: 50ms\nsteps: [ { wait: 3s } ]\n" });
  expect((await run(cwd, "run", "late.yaml", "-i", '[{"id":"a"},{"id":"b"}]')).status).toBe(1);
  const asked = ["runs", "retry", "--failed", "--flow", "late", "--yes"];
  expect(await run(cwd, ...asked)).toMatchObject({ status: 1, stdout: "0 runs asked to go on\n", stderr: expect.stringMatching(/2 runs refused, the first \w+: run \w+ cannot go on: it failed as a whole/) });
  const { status, stdout } = await run(cwd, ...asked, "-o", "json");
  expect([status, JSON.parse(stdout)]).toMatchObject([1, [{ is: "refused", why: "invalid" }, { is: "refused", why: "invalid" }]]);
  expect((await run(cwd, "doctor")).stdout).toContain("0 running, 0 waiting, 2 ended; 0 messages not yet sent");
});

test("doctor counts what runs and waits, what has ended, and what nobody has looked at", async () => {
  const { stdout } = await run(await failures(), "doctor");
  expect(stdout).toContain("0 running, 2 waiting, 3 ended; 0 messages not yet sent");
  expect(stdout).toMatch(/dead letters:\s+2: flowctl dlq list/);
});

test("topics lag: what is yet to be taken, and what was taken and has not ended", async () => {
  const cwd = await failures();
  expect((await run(cwd, "topics", "publish", "asked", '{"id":"z"}')).status).toBe(0);
  expect((await run(cwd, "topics", "lag")).stdout).toBe("TOPIC   GROUP   LAG\nasked   asks    1\norders  other   0\norders  strict  0\n\nFLOW  RUNNING  PARKED  INCIDENTS\nasks  0        2       0\n");
  expect(JSON.parse((await run(cwd, "topics", "lag", "-o", "json")).stdout)).toMatchObject({ backlog: [{ flow: "asks", running: 0, parked: 2, incidents: 0 }], unsent: 0 });
});
