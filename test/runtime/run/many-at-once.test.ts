import { expect, test } from "vitest";
import { world } from "../../support/runtime.js";

const MANY = 60;

const branches = Array.from({ length: MANY }, (_, index) => `      b${index}: [ { id: t${index}, tool: t, policy: net, timeout: 1m, with: { n: ${index} } } ]`).join("\n");
const FLOW = `
flowctl: v1
flow: f
types: { N: { fields: { n: integer } } }
topics: { in: { message: N }, out: {} }
tools: { t: { module: ./tools.ts#t, input: N, output: N, effect: read } }
policies: { net: { timeout: 30s, retry: { max: 2 } } }
on: in
timeout: 1h
steps:
  - id: p
    parallel: {}
    branches:
${branches}
  - id: m
    map: { over: "[${Array.from({ length: MANY }, (_, n) => n).join(", ")}]", as: x }
    timeout: 5m
    do: [ { id: q, tool: t, policy: net, timeout: 1m, with: { n: "\${x}" } } ]
  - { emit: out, with: { n: "\${size(steps.m)}" } }
`;

test("many branches and items at once listen to their run's signal, and nobody is warned of a leak", async () => {
  const warnings: string[] = [];
  const hear = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on("warning", hear);
  let atOnce = 0;
  let most = 0;
  const p = world(FLOW, {
    t: async (input, { signal }) => {
      signal.addEventListener("abort", () => undefined);
      most = Math.max(most, (atOnce += 1));
      await new Promise<void>((resolve) => void p.clock.after(100, resolve));
      atOnce -= 1;
      return input;
    },
  });
  await p.runtime.start();
  await p.send("in", [{ n: 1 }]);
  await p.settle();
  await new Promise<void>((resolve) => void setImmediate(resolve));
  process.off("warning", hear);
  expect(await p.read("out")).toEqual([{ n: MANY }]);
  expect(most).toBe(MANY);
  expect(warnings).toEqual([]);
});
