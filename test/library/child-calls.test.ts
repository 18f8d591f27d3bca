import { expect, test, vi } from "vitest";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { compileFlow, FlowParked } from "../../src/index.js";
import { fakes } from "./kinds.js";

const SUM = `flowctl: v1
flow: sum
on: { manual: {} }
input: { fields: { n: integer } }
output: integer
limits: { depth: 6 }
steps:
  - { when: input.n == 0, return: 0 }
  - { id: rest, call: sum, with: { n: "\${input.n - 1}" } }
value: "\${steps.rest + input.n}"
`;

test("a graph whose flow calls itself starts the runs in its own runtime, and waits for them", async () => {
  const store = createMemoryStore();
  await using flow = await compileFlow(SUM, { ports: { ...fakes(), store } });
  const graph = flow.graph?.compile();
  const ends = await Promise.all([4, 5, 6].map(async (n) => graph?.invoke({ input: { n } })));
  expect(ends.map((end) => end?.output)).toEqual([10, 15, 21]);
  expect((await store.runs({ limit: 100 })).map(({ status }) => status)).toEqual(Array.from({ length: 18 }, () => "completed"));
  expect(await graph?.invoke({ input: { n: 7 } })).toMatchObject({ status: "failed" });
  expect((await store.runs({ limit: 1, state: "failed" }))[0]?.error?.code).toBe("limit");
});

test("a detached run goes on in the graph's runtime", async () => {
  const store = createMemoryStore();
  const text = `flowctl: v1\nflow: first\non: { manual: {} }\ninput: { fields: { n: integer } }\nsteps: [ { id: x, call: second, detach: true } ]\nvalue: "\${steps.x.run}"\n---\nflowctl: v1\nflow: second\ninput: { fields: { n: integer } }\nsteps: [ { wait: 20ms } ]\nvalue: "\${input.n + 1}"\n`;
  await using flow = await compileFlow(text, { ports: { ...fakes(), store } });
  const end = await flow.graph?.compile().invoke({ input: { n: 1 } });
  const second = async () => (await store.runs({ flow: "second", limit: 1 }))[0];
  await vi.waitFor(async () => expect((await second())?.status).toBe("completed"));
  const child = await second();
  expect([end?.output, child?.status]).toEqual([child?.run, "completed"]);
});

test("a graph that waits for a run that asks a person is parked", async () => {
  const text = SUM.replace("  - { id: rest", '  - { id: ok, when: input.n == 1, ask: { question: "go?", output: { fields: { ok: boolean } } } }\n  - { id: rest');
  await using flow = await compileFlow(text, { ports: fakes() });
  await expect(flow.graph?.compile().invoke({ input: { n: 3 } })).rejects.toThrow(FlowParked);
});
