import { expect, test } from "vitest";
import { flowctl } from "../support/cli.js";
import { folderWith } from "../support/folder.js";

const FLOW = `flowctl: v1
flow: f
on: { manual: {} }
input: string
models: { m: { provider: openai, model: my-own, max_tokens: 1000, price: { in: 1, out: 1 } } }
agents: { a: { model: m, instructions: Say it., output: string, limits: { turns: 1, tokens: 2000 } } }
steps: [ { agent: a, queue: talk } ]
`;
const PROJECT = `flowctl: v1
queues: { talk: { topic: acme.talk } }
profiles:
  dear: { models: { m: { provider: openai, model: my-own, max_tokens: 1000, price: { in: 100, out: 100 } } }, queues: { talk: { topic: acme.dear } } }
`;

test("a plan is that of the project file, of a profile of it, and of what is set", async () => {
  const cwd = folderWith({ "flow.yaml": FLOW, "flowctl.yaml": PROJECT });
  const plan = async (...args: readonly string[]) => JSON.parse((await flowctl(["plan", "flow.yaml", "-o", "json", ...args], { cwd })).stdout);
  const { models: cheap, queues } = await plan();
  expect(queues).toEqual([{ queue: "talk", topic: "acme.talk" }]);
  const dear = await plan("--profile", "dear");
  expect(dear.queues).toEqual([{ queue: "talk", topic: "acme.dear" }]);
  expect(dear.models.usd).toBeCloseTo(100 * cheap.usd);
  expect((await plan("--set", "queues.talk.topic=acme.set")).queues).toEqual([{ queue: "talk", topic: "acme.set" }]);
  expect(await flowctl(["plan", "flow.yaml", "--profile", "none"], { cwd })).toMatchObject({ status: 2, stderr: expect.stringContaining("there is no profile `none` in flowctl.yaml") });
});
