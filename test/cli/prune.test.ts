import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";
import { serving } from "../support/serving.js";

const FLOW = `flowctl: v1
flow: f
topics: { in: { message: { fields: { id: string } }, key: msg.id }, out: { message: { fields: { id: string } } } }
tools: { look: { module: ./look.mjs#look, input: { fields: { id: string } }, output: { fields: { id: string } }, effect: read } }
on: { topic: in, dedupe: { key: msg.id, ttl: 24h } }
steps:
  - { id: ok, when: input.id.startsWith("ask"), ask: { question: "Go on?", output: { fields: { approved: boolean } } } }
  - { id: look, tool: look, with: "\${input}" }
  - { when: input.id.startsWith("fail"), fail: { code: no, message: "No" } }
  - { emit: out, with: "\${input}" }
`;
const LOOK = "export const look = async (input) => input;\n";

const idsOf = (ids: readonly string[]): string => JSON.stringify(ids.map((id) => ({ id })));

test("ended runs are removed, open ones stay, a message that comes again is still a duplicate; the same beside a process that serves", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW, "look.mjs": LOOK });
  await flowctl(["run", ".", "-i", idsOf(["a", "b", "fail", "ask"])], { cwd });
  expect(await flowctl(["runs", "prune"], { cwd })).toEqual({ status: 0, stdout: "0 runs removed\n", stderr: "" });
  expect((await flowctl(["runs", "prune", "--older-than", "0s", "--dry-run"], { cwd })).stdout).toBe("FLOW  STATE      RUNS\nf     completed  2\nf     failed     1\n3 runs would be removed\n");
  expect(JSON.parse((await flowctl(["runs", "prune", "--older-than", "0s", "--state", "completed", "--flow", "f", "-o", "json"], { cwd })).stdout)).toEqual({ removed: 2 });
  {
    await using _ = await serving(cwd);
    expect((await flowctl(["runs", "prune", "--older-than", "0s", "--dry-run"], { cwd })).stdout).toMatch(/failed +1\n1 run would be removed\n$/);
    expect((await flowctl(["runs", "prune", "--older-than", "0s"], { cwd })).stdout).toBe("1 run removed\n");
    const { stdout } = await flowctl(["runs", "list", "-o", "json"], { cwd });
    expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ state: "parked" })]);
  }
  const again = await flowctl(["run", ".", "-i", idsOf(["a", "fail", "c"]), "-o", "json"], { cwd });
  expect(JSON.parse(again.stderr)).toMatchObject({ messages: 3, duplicates: 2, runs: 1 });
});

test.each([["--older-than", "soon"], ["--state", "parked"]])("%s %s is exit 2", async (...args) => {
  const cwd = folderWith({ "flow.yaml": FLOW });
  expect(await flowctl(["runs", "prune", ...args], { cwd })).toMatchObject({ status: 2, stdout: "" });
});
