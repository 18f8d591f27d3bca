import { expect, it } from "vitest";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { compileFlow } from "../../src/index.js";
import { fakes, KINDS, ORDER } from "./kinds.js";

/** More than a trigger without `concurrency` runs at once. */
const MANY = 70;

it("invocations that stop between two nodes do not keep others from running", async () => {
  await using flow = await compileFlow(KINDS["set, tool, agent, emit"] ?? "", { ports: fakes(), expand: true });
  const [first] = flow.plan?.graph.expanded.nodes ?? [];
  if (flow.graph === undefined || first === undefined) throw new Error("the flow has errors");
  const stopped = flow.graph.compile({ interruptAfter: [first.id] });
  for (let n = 0; n < MANY; n += 1) expect(await stopped.invoke({ input: ORDER })).toMatchObject({ status: "running" });
  expect(await flow.graph.compile().invoke({ input: ORDER })).toMatchObject({ status: "completed" });
});

it("an invocation while the store is away rejects, and the next one runs", async () => {
  const inner = createMemoryStore();
  let away = true;
  const store = { ...inner, own: (shard: number, owner: string) => (away ? Promise.reject(new Error("away")) : inner.own(shard, owner)) };
  await using flow = await compileFlow(KINDS["set, tool, agent, emit"] ?? "", { ports: { ...fakes(), store } });
  if (flow.graph === undefined) throw new Error("the flow has errors");
  const graph = flow.graph.compile();
  await expect(graph.invoke({ input: ORDER })).rejects.toThrow("away");
  away = false;
  expect(await graph.invoke({ input: ORDER })).toMatchObject({ status: "completed" });
});
