import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving, untilPrints } from "../support/serving.js";

const flow = (more: string, steps: string): string => `flowctl: v1
flow: asking
topics: { in: { message: { fields: { id: string } }, key: msg.id }, out: {} }
${more}
on: in
steps:
  - { id: ok, ask: { question: "Go on?", output: { fields: { approved: boolean } } } }
  - ${steps}
`;
const WITH_KEY = flow(`tools: { get: { http: { method: GET, url: "http://127.0.0.1:9/", headers: { authorization: "\${env:OLD_KEY}" } }, input: { fields: { id: string } } } }`, `{ tool: get, with: { id: "\${input.id}" } }`);
const WITHOUT = flow("", `{ emit: out, with: "\${input}" }`);

test("a secret that only a run of an older version needs is gone: that run waits for it, the others go on", async () => {
  const cwd = folderWith({ "flow.yaml": WITH_KEY });
  const idOf = async (): Promise<string> => JSON.parse((await untilPrints(["runs", "list", "--state", "parked", "-o", "json"], cwd, ({ stdout }) => stdout.includes('"run"'))).stdout)[0].run;
  const publish = (id: string) => flowctl(["topics", "publish", "in", JSON.stringify({ id })], { cwd });
  {
    await using first = await serving(cwd, ["flow.yaml"], { OLD_KEY: "a-key-of-before" });
    await publish("old");
    await idOf();
    await first.stop();
  }
  writeFileSync(join(cwd, "flow.yaml"), WITHOUT);
  await using second = await serving(cwd, ["flow.yaml"], { OLD_KEY: "" });
  expect(await flowctl(["runs", "approve", await idOf()], { cwd })).toMatchObject({ status: 0 });
  await expect.poll(second.stderr, { timeout: 30_000 }).toMatch(/run \w+ of `asking` cannot go on: .*OLD_KEY/);
  await publish("new");
  expect(await flowctl(["runs", "approve", await idOf()], { cwd })).toMatchObject({ status: 0 });
  await untilPrints(["runs", "list", "--state", "completed", "-o", "json"], cwd, ({ stdout }) => stdout.includes('"run"'));
  expect(await second.stop()).toBe(130);
});
