import { rmSync, writeFileSync } from "node:fs";
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

test("a secret that only a run of an older version needs is gone: that run is an incident and can be cancelled, the others go on", async () => {
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
  const found = JSON.parse((await flowctl(["runs", "list", "--state", "incident", "-o", "json"], { cwd })).stdout);
  expect(found).toMatchObject([{ state: "incident" }]);
  const old: string = found[0].run;
  const listed = await flowctl(["runs", "list"], { cwd });
  expect(listed.stdout).toMatch(/incident .*cannot go on: .*OLD_KEY/);
  const shown = await flowctl(["runs", "show", old], { cwd });
  expect(shown.stdout).toMatch(/^state: +incident$/m);
  expect(shown.stdout).toMatch(/the run cannot go on here, mend this and retry:\n {2}.*OLD_KEY/);
  expect(shown.stdout).toContain(`$ flowctl runs retry ${old}\n  $ flowctl runs cancel ${old}\n`);
  expect(await flowctl(["runs", "skip", old], { cwd })).toMatchObject({ status: 1 });
  expect(await flowctl(["runs", "cancel", old], { cwd })).toMatchObject({ status: 0 });
  await untilPrints(["runs", "list", "--state", "cancelled", "-o", "json"], cwd, ({ stdout }) => stdout.includes(old));
  await publish("new");
  expect(await flowctl(["runs", "approve", await idOf()], { cwd })).toMatchObject({ status: 0 });
  await untilPrints(["runs", "list", "--state", "completed", "-o", "json"], cwd, ({ stdout }) => stdout.includes('"run"'));
  expect(await second.stop()).toBe(130);
});

const module = (tool: string): string => flow(`tools: { ${tool}: { module: "./${tool}.js#call", input: { fields: { id: string } }, output: { fields: { id: string } } } }`, `{ tool: ${tool}, with: { id: "\${input.id}" } }`);
const CODE = "export const call = (input) => input;\n";

test("a module that only a run of an older version needs is gone: nothing of the run is lost, and it goes on once the file is back", async () => {
  const cwd = folderWith({ "flow.yaml": module("old"), "old.js": CODE, "new.js": CODE });
  const first = await flowctl(["run", "flow.yaml", "-i", '{ "id": "a" }'], { cwd });
  expect(first.status, first.stderr).toBe(4);
  const [{ run }] = JSON.parse((await flowctl(["runs", "list", "-o", "json"], { cwd })).stdout);
  writeFileSync(join(cwd, "flow.yaml"), module("new"));
  rmSync(join(cwd, "old.js"));
  await using second = await serving(cwd, ["flow.yaml"]);
  expect(await flowctl(["runs", "approve", run], { cwd })).toMatchObject({ status: 0 });
  const stuck = await untilPrints(["runs", "list"], cwd, ({ stdout }) => stdout.includes("incident"));
  expect(stuck.stdout).toMatch(/cannot go on: the module `.*old\.js` of the tool `old` is not there/);
  writeFileSync(join(cwd, "old.js"), CODE);
  expect(await flowctl(["runs", "retry", run], { cwd })).toMatchObject({ status: 0 });
  await untilPrints(["runs", "list", "--state", "completed", "-o", "json"], cwd, ({ stdout }) => stdout.includes(run));
  expect(await second.stop()).toBe(130);
});
