import { expect, test } from "vitest";
import { blocksIn } from "../../../src/core/plan/blocks.js";
import { waiterPlaces } from "../../../src/runtime/waiter/places.js";
import { loadFlows } from "../../support/runtime.js";

const text = (steps: string): string => `
flowctl: v1
flow: f
topics: { t: {} }
tools: { r: { module: ./tools.ts#r, input: { fields: { id: string, ids: "string[]" } }, output: { fields: { id: string } }, effect: read }, u: { module: ./tools.ts#u, output: { fields: { id: string } }, effect: write, idempotency: key } }
on: { manual: {} }
input: { fields: { id: string, ids: "string[]" } }
steps:
${steps}
---
flowctl: v1
flow: sub
topics: { t: {} }
on: { manual: {} }
input: { fields: { id: string } }
steps: [ { id: inner, wait: { topic: t, key: "\${input.id}" } } ]
`;

/** `admission`, or before which step of which block: `0.2` is before the third step of the flow's own. */
function placesOf(steps: string): Record<string, string> {
  const plan = loadFlows(text(steps)).find((flow) => flow.plan.id === "f")?.plan;
  if (plan === undefined) throw new Error("there is a flow f");
  const { of, before, atAdmission } = waiterPlaces(plan);
  const blocks = [...blocksIn(plan.body)];
  const found: Record<string, string> = Object.fromEntries([...of.values()].map(({ wait }) => [wait, "at the step"]));
  for (const [block, places] of before) for (const [at, waiters] of places) for (const { wait } of waiters) found[wait] = `${blocks.indexOf(block)}.${at}`;
  for (const { wait } of atAdmission) found[wait] = "admission";
  return found;
}
const wait = (key: string, more = "", id = "w"): string => `{ id: ${id}, wait: { topic: t, key: "\${${key}}"${more} } }`;

test.each([
  ["only the input", `  - { tool: r }\n  - ${wait("input.id + run.id")}`, { w: "admission" }],
  ["since now", `  - { tool: r }\n  - ${wait("input.id", ", since: now")}`, { w: "at the step" }],
  ["when the run began", `  - { tool: r }\n  - ${wait("string(run.started)")}`, { w: "0.0" }],
  ["the time of the step", `  - { tool: r }\n  - ${wait("string(run.now)")}`, { w: "0.1" }],
  ["behind the last step that it reads", `  - { id: a, tool: r }\n  - { id: b, tool: r }\n  - { tool: r }\n  - ${wait("steps.a.id + steps.b.id + input.id")}`, { w: "0.2" }],
  ["outside the blocks that it stands in", `  - { id: a, tool: r }\n  - { tool: r }\n  - id: s\n    switch: [ { when: size(input.ids) > 0, do: [ { tool: r }, ${wait("steps.a.id")} ] } ]`, { "s.0/w": "0.1" }],
  ["in the body that names it", `  - { id: a, tool: r }\n  - id: m\n    map: { over: input.ids, as: x }\n    do: [ { tool: r }, ${wait("x + steps.a.id")}, ${wait("input.id", "", "v")} ]`, { "m/w": "1.0", "m/v": "admission" }],
  ["behind a step of the body", `  - id: m\n    map: { over: input.ids, as: x }\n    do: [ { id: b, tool: r }, { tool: r }, ${wait("steps.b.id + x")} ]`, { "m/w": "1.1" }],
  ["a called flow's input is its own", `  - { id: a, tool: r }\n  - { tool: r }\n  - { id: c, call: sub, with: "\${steps.a}" }`, { "c/inner": "1.0" }],
  ["a variable of a comprehension is none", `  - { tool: r }\n  - ${wait("input.ids.map(x, x + input.id)[0]")}`, { w: "admission" }],
  ["in a catch", `  - { id: a, tool: r }\n  - { id: b, tool: r, catch: [ { on: [any], do: [ { tool: r }, ${wait("error.code + steps.a.id")} ], value: { id: z } } ] }`, { "b!catch/w": "1.0" }],
  ["an undo has recorded all that it sees when it begins", `  - { id: a, tool: r }\n  - id: s\n    saga: {}\n    do: [ { id: p, tool: u, with: {}, compensate: { do: [ { tool: u, with: {} }, ${wait("input.id + steps.a.id + output.id + error.code + key + run.id")}, { id: b, tool: u, with: {} }, { tool: u, with: {} }, ${wait("steps.b.id", "", "v")}, ${wait("string(run.now)", "", "x")}, ${wait("input.id", ", since: now", "n")} ] } }, { tool: u, with: {}, pivot: true } ]`, { "s/p!undo/w": "2.0", "s/p!undo/v": "2.3", "s/p!undo/x": "2.5", "s/p!undo/n": "at the step" }],
  ["a flow that an undo calls sees what it is called with", `  - id: s\n    saga: {}\n    do: [ { id: p, tool: u, with: {}, compensate: { do: [ { id: b, tool: u, with: {} }, { tool: u, with: {} }, { id: c, call: sub, with: "\${steps.b}" } ] } }, { tool: u, with: {}, pivot: true } ]`, { "s/p!undo/c/inner": "3.0" }],
  ["without ids they are told apart", `  - id: p\n    parallel: {}\n    branches: { one: [ { wait: { topic: t, key: a } } ], two: [ { wait: { topic: t, key: a } } ] }`, { "p.0/wait1": "admission", "p.1/wait1": "admission" }],
])("I14: a waiter is registered as soon as its key is known: %s", (_, steps, expected) => {
  expect(placesOf(steps)).toEqual(expected);
});
