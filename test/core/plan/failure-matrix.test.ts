import { expect, test } from "vitest";
import { failureMatrices } from "../../../src/core/plan/failure-matrix.js";
import { loadFlows } from "../../support/runtime.js";

const LAYERS = 40;

/** Two branches a layer, each behind both of the layer before: the ways that lead back from the last one are 2^40. */
const branch = (name: string, layer: number): string =>
  `${name}${layer}: { ${layer === 0 ? "" : `after: [a${layer - 1}, b${layer - 1}], `}do: [ { id: ${name}s${layer}, tool: w, with: { n: 1 }, compensate: { tool: u, with: { n: 1 } } } ] }`;

test("branches behind many others: what may precede a step is found by looking at each branch once", () => {
  const layers = Array.from({ length: LAYERS }, (_, layer) => `          ${branch("a", layer)}\n          ${branch("b", layer)}`);
  const [flow] = loadFlows(`flowctl: v1
flow: f
input: { fields: { n: integer } }
tools:
  w: { http: { method: POST, url: "http://127.0.0.1:9/w" }, effect: write, idempotency: none, input: { fields: { n: integer } } }
  u: { http: { method: POST, url: "http://127.0.0.1:9/u" }, effect: write, idempotency: none, input: { fields: { n: integer } } }
steps:
  - id: s
    saga: {}
    do:
      - id: p
        parallel: {}
        branches:
${layers.join("\n")}
`);
  const [matrix] = flow === undefined ? [] : failureMatrices(flow.plan);
  const rowOf = (step: string) => matrix?.rows.find((row) => row.step === `s/p/${step}`);
  // All of the layers before, and the one beside it.
  expect(rowOf(`as${LAYERS - 1}`)?.undone).toHaveLength(2 * LAYERS - 1);
  expect(rowOf("as0")?.undone).toEqual(["s/p/bs0"]);
});
