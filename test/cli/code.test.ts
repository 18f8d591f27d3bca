import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { flowctl, jsonLines } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const flow = (more = ""): string => `flowctl: v1
flow: f
${more}
types: { In: { fields: { id: string } }, Out: { fields: { by: string } } }
topics: { in: { message: In }, out: { message: Out } }
tools: { w: { module: ./w.ts#w, input: In, output: Out, effect: write, idempotency: key } }
on: in
steps:
  - { id: a, tool: w, with: "\${input}" }
  - { id: q, ask: { question: "ok?", output: boolean } }
  - { id: b, tool: w, with: "\${input}" }
  - { emit: out, with: "\${steps.b}" }
`;
const code = (by: string): string => `export const w = (input: { readonly id: string }) => ({ by: ${JSON.stringify(by)} });\n`;

async function parked(cwd: string): Promise<string> {
  const { stdout } = await untilPrints(["runs", "list", "--state", "parked", "-o", "json"], cwd, (result) => result.status === 0 && JSON.parse(result.stdout).length === 1);
  return JSON.parse(stdout)[0].run;
}

test("I37: a run goes on with the code as it is, and says so; pinned it waits until the file is back", async () => {
  for (const pin of [false, true]) {
    const cwd = folderWith({ "flow.yaml": flow(pin ? "pin: true" : ""), "w.ts": code("old") });
    expect((await flowctl(["plan", "flow.yaml"], { cwd })).stdout).toMatch(pin ? /code: +w\.ts \([0-9a-f]{12}\), pinned\n/ : /code: +w\.ts \([0-9a-f]{12}\)\n/);
    {
      await using _ = await serving(cwd);
      await flowctl(["topics", "publish", "in", '{"id":"1"}'], { cwd });
      await parked(cwd);
    }
    writeFileSync(join(cwd, "w.ts"), code("new"));
    await using process = await serving(cwd);
    const run = await parked(cwd);
    await flowctl(["runs", "answer", run, "q", "true"], { cwd });
    if (pin) {
      const stuck = await untilPrints(["runs", "show", run], cwd, ({ stdout }) => stdout.includes("mend this and retry"));
      expect(stuck.stdout).toContain("`w.ts` is not the code that the run began with, and its flow is pinned");
      writeFileSync(join(cwd, "w.ts"), code("old"));
      expect((await flowctl(["runs", "retry", run], { cwd })).status).toBe(0);
    } else {
      await process.says("b goes on with w.ts as it is now: it has changed since the run began");
    }
    const shown = await untilPrints(["runs", "show", run], cwd, ({ stdout }) => stdout.includes("state:        completed"));
    if (pin) expect(shown.stdout).not.toContain("warning:");
    else expect(shown.stdout).toContain("warning:      it went on with other code than it began with: w.ts\n");
    expect(jsonLines<{ message: object }>((await flowctl(["topics", "tail", "out", "-o", "json"], { cwd })).stdout).map(({ message }) => message)).toEqual([{ by: pin ? "old" : "new" }]);
  }
});

test("I37: an open run of an older version finds its module in the folder that is served now, which is another with each release", async () => {
  const store = join(folderWith(), "runs.db");
  const release = (text: string): string => folderWith({ "flow.yaml": text, "w.ts": code("here"), "flowctl.yaml": `store: "sqlite:${store}"\nflows: [flow.yaml]\n` });
  const first = release(flow());
  {
    await using _ = await serving(first);
    await flowctl(["topics", "publish", "in", '{"id":"1"}'], { cwd: first });
    await parked(first);
  }
  renameSync(first, `${first}-gone`);
  onTestFinished(() => rmSync(`${first}-gone`, { recursive: true, force: true }));
  const second = release(flow("timeout: 9h"));
  await using _ = await serving(second);
  const run = await parked(second);
  expect((await flowctl(["runs", "answer", run, "q", "true"], { cwd: second })).status).toBe(0);
  const shown = await untilPrints(["runs", "show", run], second, ({ stdout }) => !stdout.includes("b waits") && !/state: +(parked|running)/.test(stdout));
  expect(shown.stdout).toMatch(/state: +completed/);
});

test("--watch takes a saved module for new runs", async () => {
  const cwd = folderWith({ "flow.yaml": flow().replace('  - { id: q, ask: { question: "ok?", output: boolean } }\n', ""), "w.ts": code("old") });
  await using process = await serving(cwd, [".", "--watch"]);
  await flowctl(["topics", "publish", "in", '{"id":"1"}'], { cwd });
  await untilPrints(["topics", "tail", "out", "-o", "json"], cwd, ({ stdout }) => stdout.includes("old"));
  writeFileSync(join(cwd, "w.ts"), code("new"));
  await process.says("new runs");
  await flowctl(["topics", "publish", "in", '{"id":"2"}'], { cwd });
  const { stdout } = await untilPrints(["topics", "tail", "out", "-o", "json"], cwd, (result) => jsonLines(result.stdout).length === 2);
  expect(jsonLines<{ message: object }>(stdout).map(({ message }) => message)).toEqual([{ by: "old" }, { by: "new" }]);
});
