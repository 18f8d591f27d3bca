import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const FLOW = (text: string) => `flowctl: v1
flow: price
tools:
  look: { module: ./tools.mjs#look, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: read }
  keep: { module: ./tools.mjs#look, input: { fields: { n: integer } }, output: { fields: { n: integer } }, effect: write, idempotency: key }
on: { manual: {} }
input: { fields: { n: integer } }
steps:
  - { id: a, tool: look, with: { n: "\${input.n}" } }
  - id: gate
    switch:
      - { when: steps.a.n > 5, do: [ { id: high, set: "${text}" } ] }
      - else: { do: [ { id: low, tool: keep, with: { n: "\${steps.a.n}" } } ] }
  - { id: z, set: 1 }
value: { n: "\${steps.a.n}" }
`;
const TOOLS = "export const look = ({ n }) => { if (n === 13) throw Object.assign(new Error('no'), { code: 'refused' }); return { n }; };\n";

async function runOf(cwd: string, n: number): Promise<string> {
  return JSON.parse((await flowctl(["run", "price.yaml", "-i", `{"n":${n}}`], { cwd })).stdout).run;
}

test("two runs are compared step by step: what ran, inputs, outputs, branches, errors", async () => {
  const cwd = folderWith({ "price.yaml": FLOW("much"), "tools.mjs": TOOLS });
  const [low, same, high, failed] = [await runOf(cwd, 1), await runOf(cwd, 1), await runOf(cwd, 7), await runOf(cwd, 13)];
  expect(await flowctl(["runs", "diff", low, same], { cwd })).toEqual({ status: 0, stdout: `${low} and ${same} did the same\n`, stderr: "" });
  const { status, stdout } = await flowctl(["runs", "diff", low, high, "-o", "json"], { cwd });
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    left: low,
    right: high,
    differences: [
      { path: "", what: "input", left: { n: 1 }, right: { n: 7 } },
      { path: "", what: "output", left: { n: 1 }, right: { n: 7 } },
      { path: "a", what: "input", left: expect.stringMatching(/^sha256 /), right: expect.stringMatching(/^sha256 /) },
      { path: "a", what: "output", left: { n: 1 }, right: { n: 7 } },
      { path: "gate", what: "branch", left: 1, right: 0 },
      { path: "gate", what: "output", left: { n: 1 }, right: "much" },
      { path: "gate/low", what: "step", left: "completed" },
      { path: "gate/high", what: "step", right: "completed" },
    ],
  });
  const text = await flowctl(["runs", "diff", low, failed], { cwd });
  expect(text.stdout).toMatch(/^STEP +WHAT +\w{8} +\w{8}\n\(the run\) +status +completed +failed\n/i);
  expect(text.stdout).toMatch(/^a +error +– +refused: .*: no$/m);
  expect((await flowctl(["runs", "diff", low, low], { cwd })).status).toBe(2);
});

test("runs of two versions say so", async () => {
  const cwd = folderWith({ "price.yaml": FLOW("much"), "tools.mjs": TOOLS });
  const before = await runOf(cwd, 7);
  (await import("node:fs")).writeFileSync(`${cwd}/price.yaml`, FLOW("more"));
  const after = await runOf(cwd, 7);
  const { stdout } = await flowctl(["runs", "diff", before, after], { cwd });
  expect(stdout).toMatch(/^\(the run\) +version /m);
  expect(stdout).toMatch(/^gate\/high +output +much +more$/m);
});
