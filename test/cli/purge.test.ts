import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const FILES = {
  "flow.yaml": `flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string, secret: string, n: integer } }, key: msg.id }, out: { message: { fields: { secret: string } }, key: "'all'" } }
tools: { look: { module: ./look.mjs#look, input: { fields: { secret: string } }, output: { fields: { secret: string } }, effect: read } }
on: in
steps:
  - { id: ok, when: input.n == 1, ask: { question: "Go on?", output: { fields: { approved: boolean } } } }
  - { id: look, tool: look, with: { secret: "\${input.secret}" } }
  - { when: input.n == 2, fail: { code: no, message: "No" } }
  - { emit: out, with: "\${steps.look}" }
`,
  "look.mjs": "export const look = async ({ secret }) => { if (secret.startsWith('bad')) throw new Error('it is bad'); return { secret }; };\n",
};
const of = (id: string, n: number) => ({ id, secret: `needle-${id}-${n}-`.padEnd(300, "x"), n });
const holds = (cwd: string, text: string): boolean => globSync(`${cwd}/.flowctl/*`).some((file) => readFileSync(file, "latin1").includes(text));

test("what there is of a key is gone from the file, what belongs to others stays; without --yes nothing happens", async () => {
  const cwd = folderWith(FILES);
  await flowctl(["run", ".", "-i", JSON.stringify([of("ann", 0), of("ann", 1), of("ann", 2), { ...of("ann", 3), secret: "bad-needle-ann" }, of("bob", 0)]), "-o", "json"], { cwd });
  await flowctl(["topics", "publish", "in", '{ "id": "ann", "secret": "needle-ann-letter" }', "--key", "ann"], { cwd });
  await flowctl(["run", ".", "-i", JSON.stringify([of("cy", 0)])], { cwd });
  const asked = await flowctl(["runs", "purge", "--key", "ann", "--flow", "f"], { cwd });
  expect(asked).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("cannot be undone") });
  expect(await flowctl(["runs", "purge", "--key", "ann", "--flow", "f", "--yes"], { cwd })).toMatchObject({ status: 1, stdout: expect.stringMatching(/^f, key ann: erased 3 runs, \d+ messages, \d dead letters?\n$/), stderr: expect.stringContaining("1 run that has not ended") });
  const { stdout } = await flowctl(["runs", "list", "--state", "parked", "-o", "json"], { cwd });
  const [{ run }]: [{ run: string }] = JSON.parse(stdout);
  await using _ = await serving(cwd);
  await flowctl(["runs", "cancel", run], { cwd });
  await untilPrints(["runs", "list", "--state", "cancelled", "-o", "json"], cwd, (result) => result.stdout.includes(run));
  const again = await flowctl(["runs", "purge", "--key", "ann", "--flow", "f", "--yes", "-o", "json"], { cwd });
  expect(again.status).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ runs: 1, open: 0, waiting: 0 });
  expect(JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout)).toHaveLength(2);
  expect((await flowctl(["topics", "tail", "in", "-o", "json"], { cwd })).stdout).not.toContain("needle-ann");
  expect((await flowctl(["topics", "tail", "out", "-o", "json"], { cwd })).stdout).toMatch(/needle-bob/);
});

test("a flow that is not there is no flow without anything to erase", async () => {
  const cwd = folderWith({ ...FILES, "flow.yaml": FILES["flow.yaml"].replace("flow: f", "flow: shop") });
  const purge = (flow: string) => flowctl(["runs", "purge", "--key", "ann", "--flow", flow, "--yes"], { cwd });
  await flowctl(["topics", "publish", "in", JSON.stringify(of("bob", 0)), "--key", "bob"], { cwd });
  expect(await purge("shpo")).toMatchObject({ status: 1, stdout: "", stderr: expect.stringMatching(/no flow `shpo`[^]*did you mean `shop`/) });
  expect(await purge("shop")).toMatchObject({ status: 0, stdout: "shop, key ann: erased 0 runs, 0 messages, 0 dead letters\n" });
  await flowctl(["run", ".", "-i", JSON.stringify(of("bob", 0))], { cwd });
  writeFileSync(join(cwd, "flow.yaml"), FILES["flow.yaml"]);
  expect(await purge("shop")).toMatchObject({ status: 0 });
});

test("the file itself holds nothing of it any more", async () => {
  const cwd = folderWith(FILES);
  await flowctl(["run", ".", "-i", JSON.stringify([of("ann", 0), of("ann", 2), of("bob", 0)])], { cwd });
  expect(holds(cwd, "needle-ann")).toBe(true);
  expect(await flowctl(["runs", "purge", "--key", "ann", "--flow", "f", "--yes"], { cwd })).toMatchObject({ status: 0, stderr: "" });
  expect(holds(cwd, "needle-ann")).toBe(false);
  expect(holds(cwd, "needle-bob")).toBe(true);
  // Who reads the topic from its beginning later drops what was erased.
  writeFileSync(join(cwd, "later.yaml"), FILES["flow.yaml"].replace("flow: f", "flow: later"));
  const { stderr } = await flowctl(["run", "later.yaml", "-i", JSON.stringify(of("cy", 0)), "-o", "json"], { cwd });
  expect(JSON.parse(stderr)).toMatchObject({ runs: 2, filtered: 2, dlq: 0 });
});

test("what a queue did for the runs of a key goes with them: its runs, and the tasks of its workers", async () => {
  const flow = `flowctl: v1
flow: q
topics: { in: { message: { fields: { id: string, secret: string, n: integer } }, key: msg.id } }
tools: { look: { module: ./look.mjs#look, input: { fields: { secret: string } }, output: { fields: { secret: string } }, effect: read } }
on: in
steps: [ { id: look, tool: look, queue: far, with: { secret: "\${input.secret}" } } ]
`;
  const cwd = folderWith({ "flow.yaml": flow, "look.mjs": FILES["look.mjs"] });
  expect(await flowctl(["run", ".", "-i", JSON.stringify([of("ann", 0), of("bob", 0)])], { cwd })).toMatchObject({ status: 0 });
  expect(await flowctl(["runs", "purge", "--key", "ann", "--flow", "q", "--yes"], { cwd })).toMatchObject({ status: 0, stdout: "q, key ann: erased 2 runs, 2 messages, 0 dead letters\n", stderr: "" });
  expect(holds(cwd, "needle-ann")).toBe(false);
  expect(holds(cwd, "needle-bob")).toBe(true);
});
