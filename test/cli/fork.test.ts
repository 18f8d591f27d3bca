import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const FLOW = (last: string): string => `flowctl: v1
flow: price
tools: { look: { module: ./tools.mjs#look, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: read } }
on: { manual: {} }
input: { fields: { n: integer } }
steps:
  - { id: a, tool: look, with: { n: "\${input.n}" } }
  - { id: b, tool: look, with: { n: "\${steps.a.n + 1}" } }
value: ${last}
`;

const completed = (cwd: string, many: number) => untilPrints(["runs", "list", "--state", "completed", "-o", "json"], cwd, ({ stdout }) => JSON.parse(stdout).length === many);

test("runs fork: without a process the next one drives it, beside one it runs at once, also with its new version", async () => {
  const cwd = folderWith({ "price.yaml": FLOW('"${steps.b.n}"'), "tools.mjs": "export const look = ({ n }) => ({ n });\n" });
  const { run } = JSON.parse((await flowctl(["run", "price.yaml", "-i", '{"n":1}'], { cwd })).stdout);
  expect((await flowctl(["runs", "fork", run, "--at", "b"], { cwd })).stdout).toMatch(/^price \w+: a fork of \w+, with 2 events of it; the next `flowctl run` drives it\n$/);
  expect(await flowctl(["runs", "fork", run, "--plan", "new"], { cwd })).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("nobody serves `price` now") });
  expect(await flowctl(["runs", "fork", run, "--at", "c"], { cwd })).toMatchObject({ status: 1, stderr: expect.stringContaining("has not come to the step `c`") });
  expect((await flowctl(["runs", "fork", run, "--at", "b", "--with", "{}"], { cwd })).status).toBe(2);
  writeFileSync(join(cwd, "price.yaml"), FLOW('"${steps.b.n * 100}"'));
  await using _ = await serving(cwd, ["price.yaml"]);
  await completed(cwd, 2);
  const made = JSON.parse((await flowctl(["runs", "fork", run, "--at", "b", "--plan", "new", "-o", "json"], { cwd })).stdout);
  expect(made).toMatchObject({ of: run, is: "forked", kept: 2 });
  await completed(cwd, 3);
  const other = JSON.parse((await flowctl(["runs", "fork", run, "--with", '{"n":5}', "-o", "json"], { cwd })).stdout);
  await completed(cwd, 4);
  const show = async (id: string) => JSON.parse((await flowctl(["runs", "show", id, "-o", "json"], { cwd })).stdout);
  expect(await show(made.run)).toMatchObject({ output: 200, fork: { of: run } });
  expect(await show(other.run)).toMatchObject({ output: 6, input: { n: 5 } });
  expect((await flowctl(["runs", "show", made.run], { cwd })).stdout).toMatch(new RegExp(`^fork of: +${run}, before its event \\d+$`, "m"));
  expect((await flowctl(["runs", "diff", run, made.run], { cwd })).stdout).toMatch(/^\(the run\) +output +2 +200$/m);
});
