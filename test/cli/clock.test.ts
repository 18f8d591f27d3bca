import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const AHEAD = 7_200_000;
const ahead = { NODE_OPTIONS: `--import=${fileURLToPath(new URL("../support/set-clock.mjs", import.meta.url))}`, FLOWCTL_TEST_AHEAD_MS: String(AHEAD) };

const FLOWS = `flowctl: v1
flow: orders
topics:
  in: { message: { fields: { id: string } }, key: msg.id }
  out: { message: { fields: { id: string } }, key: msg.id }
policies: { slow: { rate: { max: 1, window: 200ms } } }
tools: { t: { module: ./t.mjs#t, input: { fields: { id: string } }, output: { fields: { id: string } }, effect: write, idempotency: key } }
on: { topic: in, dedupe: { key: msg.id, ttl: 1h }, ordering: key }
steps:
  - { id: t, tool: t, policy: slow, with: "\${input}" }
  - { id: q, when: "input.id.startsWith('ask')", ask: { question: "ok?", output: boolean } }
  - { id: w, when: "input.id.startsWith('wait')", wait: 10m }
  - { id: pause, when: "input.id == 'pause'", wait: 1s }
  - { emit: out, with: "\${input}" }
---
flowctl: v1
flow: ticks
topics: { ticked: {} }
on: { schedule: "* * * * * *", zone: UTC, with: { time: "\${msg.time}" } }
input: { fields: { time: string } }
steps: [ { emit: ticked, with: { time: "\${input.time}" } } ]
`;
const files = { "flow.yaml": FLOWS, "t.mjs": "export const t = (input) => input;\n" };

interface Listed {
  readonly run: string;
  readonly flow: string;
  readonly state: string;
  readonly admittedAt: number;
}

const send = (cwd: string, id: string) => flowctl(["topics", "publish", "in", JSON.stringify({ id }), "--key", id], { cwd });
const out = async (cwd: string): Promise<readonly string[]> => jsonLines<{ message: { id: string } }>((await flowctl(["topics", "tail", "out", "-o", "json"], { cwd })).stdout).map(({ message }) => message.id);
const until = (cwd: string, id: string) => untilPrints(["topics", "tail", "out", "-o", "json"], cwd, ({ stdout }) => stdout.includes(`"id":"${id}"`));
const runs = async (cwd: string): Promise<readonly Listed[]> => JSON.parse((await flowctl(["runs", "list", "--flow", "orders", "--limit", "100", "-o", "json"], { cwd })).stdout);

test("the clock is set back between two processes: it is said, nothing is lost or done twice, and what waits for a time waits for the clock", async () => {
  const cwd = folderWith(files);
  {
    await using first = await serving(cwd, ["."], ahead);
    for (const id of ["a", "ask", "wait"]) await send(cwd, id);
    await until(cwd, "a");
    await untilPrints(["runs", "list", "--state", "parked", "-o", "json"], cwd, ({ stdout }) => JSON.parse(stdout).length === 2);
    await untilPrints(["topics", "tail", "ticked", "-o", "json"], cwd, ({ stdout }) => jsonLines(stdout).length > 1);
    await first.kill();
  }
  const before = await runs(cwd);
  const ticked = jsonLines((await flowctl(["topics", "tail", "ticked", "-n", "100", "-o", "json"], { cwd })).stdout).length;
  await using second = await serving(cwd);
  await second.says("the clock was set back: the newest run in the store is of 20");
  await second.says("the clock is behind the last tick of `* * * * * *` that ran");
  // A duplicate is one still, new messages run, a person's answer counts.
  for (const id of ["a", "b"]) await send(cwd, id);
  await until(cwd, "b");
  const asked = (await runs(cwd)).find(({ state, run }) => state === "parked" && before.some((one) => one.run === run));
  if (asked === undefined) throw new Error("the question is gone");
  const [question] = before.filter(({ state }) => state === "parked");
  expect(question).toBeDefined();
  for (const { run } of before.filter(({ state }) => state === "parked")) await flowctl(["runs", "answer", run, "q", "true"], { cwd });
  await until(cwd, "ask");
  // Newest first by their order, whatever the times say.
  const after = await runs(cwd);
  expect(after.slice(1).map(({ run }) => run)).toEqual(before.map(({ run }) => run));
  expect(after[0]?.admittedAt ?? Infinity).toBeLessThan(before[0]?.admittedAt ?? 0);
  // That wait has two hours to go, and says so.
  expect((await out(cwd)).toSorted()).toEqual(["a", "ask", "b"]);
  expect((await flowctl(["runs", "list", "--state", "parked"], { cwd })).stdout).toMatch(/in [12]h/);
  // Ticks that were taken are not taken again.
  expect(jsonLines((await flowctl(["topics", "tail", "ticked", "-n", "100", "-o", "json"], { cwd })).stdout)).toHaveLength(ticked);
});

test("the clock is set back under a process: rates and short waits go on, new messages run", async () => {
  const cwd = folderWith(files);
  await using process_ = await serving(cwd, ["."], ahead);
  for (const id of ["a", "b", "c"]) await send(cwd, id);
  await until(cwd, "c");
  await send(cwd, "pause");
  await untilPrints(["runs", "list", "--limit", "1", "--flow", "orders", "-o", "json"], cwd, ({ stdout }) => JSON.parse(stdout)[0]?.flow === "orders");
  process.kill(process_.pid, "SIGUSR2");
  for (const id of ["d", "e", "f"]) await send(cwd, id);
  for (const id of ["d", "e", "f"]) await until(cwd, id);
  expect((await runs(cwd)).filter(({ state }) => state === "failed")).toEqual([]);
});
