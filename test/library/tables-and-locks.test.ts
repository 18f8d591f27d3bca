import { expect, test } from "vitest";
import { createMemoryStore } from "../../src/adapters/store/memory.js";
import { compileFlow, type FlowPorts } from "../../src/index.js";
import { fakes } from "./kinds.js";

const FLOW = (id: string, wait: string): string => `flowctl: v1
flow: ${id}
on: { manual: {} }
input: { fields: { n: number } }
tables: { sums: { value: number } }
steps:
  - id: x
    switch:
      - else:
          lock: "'sum'"
          do:
            - { id: old, get: sums, key: all }
            - { wait: ${wait} }
            - { id: new, put: sums, key: all, with: "\${steps.?old.orValue(0) + input.n}" }
value: "\${steps.x}"
`;

async function invoke(text: string, ports: FlowPorts, inputs: readonly number[]): Promise<readonly unknown[]> {
  await using flow = await compileFlow(text, { ports });
  const graph = flow.graph?.compile();
  const ends = await Promise.all(inputs.map(async (n) => graph?.invoke({ input: { n } })));
  return ends.map((end) => end?.output);
}

test("without a store of one's own, the tables and locks of a graph are in memory", async () => {
  const outputs = await invoke(FLOW("f", "10ms"), fakes(), [1, 2, 3, 4]);
  expect(outputs.map(Number).toSorted((a, b) => a - b).at(-1)).toBe(10);
});

test("graphs that share a store wait for each other's locks", async () => {
  const store = createMemoryStore();
  const [one, two] = await Promise.all([invoke(FLOW("f", "20ms"), { ...fakes(), store }, [1, 2, 3]), invoke(FLOW("g", "5ms"), { ...fakes(), store }, [10, 20, 30])]);
  expect(Math.max(...[...one, ...two].map(Number))).toBe(66);
  expect((await store.tableRow("sums", "all", 0))?.value).toBe(66);
});
