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

const INNER = `- id: t
            saga: {}
            do:
              - { id: a, tool: w, with: { n: 1 }, compensate: { tool: u, with: { n: 1 } } }
              - { id: b, tool: w, with: { n: 2 }, compensate: { tool: u, with: { n: 2 } } }`;
const around = (kind: string, caught: string): string => `flowctl: v1
flow: f
input: { fields: { n: "integer[]" } }
tools:
  w: { http: { method: POST, url: "http://127.0.0.1:9/w" }, effect: write, idempotency: none, input: { fields: { n: integer } } }
  u: { http: { method: POST, url: "http://127.0.0.1:9/u" }, effect: write, idempotency: none, input: { fields: { n: integer } } }
steps:
  - id: s
    saga: {}
    do:
      - id: m
        ${kind}
        do:
          ${INNER}${caught}
`;
const CAUGHT = "\n            catch: [ { on: [compensated], do: [] } ]";
const MAP = "map: { over: input.n }";

test.each([
  ["an item of a map whose saga catches", MAP, CAUGHT, { "s/m[*]/t/a": [], "s/m[*]/t/b": ["s/m[*]/t/a"] }],
  ["an item of a map that settles", "map: { over: input.n, join: settled }", "", { "s/m[*]/t/a": [], "s/m[*]/t/b": ["s/m[*]/t/a"] }],
  ["a pass of a loop whose saga catches", 'loop: { over: input.n, init: 0 }', `${CAUGHT}\n        value: 1`, { "s/m#*/t/a": [], "s/m#*/t/b": ["s/m#*/t/a"] }],
  ["an item whose failure nothing takes", MAP, "", { "s/m[*]/t/a": ["s/m[*]/t/b", "s/m[*]/t/a"], "s/m[*]/t/b": ["s/m[*]/t/b", "s/m[*]/t/a"] }],
])("a saga in %s: what is undone is of that one", (_, kind, caught, undone) => {
  const [flow] = loadFlows(around(kind, caught));
  const [matrix] = flow === undefined ? [] : failureMatrices(flow.plan);
  expect(Object.fromEntries((matrix?.rows ?? []).map((row) => [row.step, row.undone]))).toEqual(undone);
});
