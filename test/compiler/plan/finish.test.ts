import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finishPlan } from "../../../src/compiler/plan/finish.js";
import type { StepPlan } from "../../../src/core/plan/step.js";
import { agent, choice, draft, emit, literal, map, set, tool } from "./draft.js";

const finish = (steps: readonly StepPlan[]) => finishPlan({ draft: draft(steps) });
const fused = (steps: readonly StepPlan[]) => finish(steps).graph.fused.nodes.map(({ id }) => id);
const expanded = (steps: readonly StepPlan[]) => finish(steps).graph.expanded.nodes.map(({ id }) => id);

describe("class", () => {
  it.each<[string, readonly StepPlan[], "P" | "J"]>([
    ["nothing but set and emit", [set("a"), emit("b")], "P"],
    ["a tool of kind expr", [tool("a", "compute")], "P"],
    ["a read tool", [tool("a")], "J"],
    ["an agent", [agent("a")], "J"],
    ["a pure switch in a pure map", [map("m", [choice("s", [[set("a")], [emit("b")]])])], "P"],
    ["a map that joins any is a race", [map("m", [set("a")], "any")], "J"],
    ["a map that settles", [map("m", [set("a")], "settled")], "P"],
    ["an effect deep in a case", [choice("s", [[map("m", [tool("t")])]])], "J"],
    ["a pure catch", [set("a", { caught: { steps: [emit("b")] } })], "P"],
    ["an effect in a catch", [set("a", { caught: { steps: [tool("b")] } })], "J"],
  ])("%s", (_name, steps, expected) => {
    expect(finish(steps).class).toBe(expected);
  });

  it("looks into the flow's own catch", () => {
    expect(finishPlan({ draft: draft([set("a")], { catch: [{ on: "any", block: { steps: [agent("b")] } }] }) }).class).toBe("J");
  });
});

describe("layouts", () => {
  it("make one node of a pure flow", () => {
    expect(fused([set("seen"), choice("how", [[set("x")], [emit("y")]]), emit("sized")])).toEqual(["seen..sized"]);
  });

  it("fuse tools whatever their effects, and keep agents and composites with effects apart", () => {
    expect(fused([set("a"), tool("b"), agent("c"), tool("d"), map("e", [tool("f")]), emit("g"), set("h")])).toEqual(["a..b", "c", "d", "e", "g..h"]);
  });

  it("draw a switch with effects as a route to one node a case, which meet behind it", () => {
    const { nodes, entry } = finish([set("a"), choice("gate", [[agent("x")], [set("y")]], { otherwise: true }), set("b")]).graph.fused;
    expect(entry).toBe("a");
    expect(nodes).toEqual([
      { id: "a", run: "steps", from: 0, to: 1, next: "gate" },
      { id: "gate", run: "route", step: 1, cases: ["gate.1", "gate.else", "b"] },
      { id: "gate.1", run: "case", step: 1, case: 0, next: "b" },
      { id: "gate.else", run: "case", step: 1, case: 1, next: "b" },
      { id: "b", run: "steps", from: 2, to: 3, next: null },
    ]);
  });

  it("keep a switch with a time limit in one node, for the limit covers its cases", () => {
    expect(fused([choice("gate", [[agent("x")]], { timeout: 1000 })])).toEqual(["gate"]);
  });

  it("have one node per top-level step when expanded, also in a pure flow", () => {
    expect(expanded([set("a"), choice("s", [[set("x")]]), emit("b")])).toEqual(["a", "s", "s.1", "b"]);
  });

  it("give a flow that has only a value a node to compute it", () => {
    expect(finish([]).graph.fused).toEqual({ entry: "value", nodes: [{ id: "value", run: "steps", from: 0, to: 0, next: null }] });
  });

  it("name nodes apart from channels, from inherited properties and from each other", () => {
    expect(expanded([set("error"), set("toString"), set("a_1"), choice("a", [[agent("x")]]), set("input")])).toEqual(["error_", "toString_", "a_1", "a", "a.1_", "input_"]);
  });

  it("run every top-level step exactly once, in order, whatever the steps", () => {
    const step = fc.constantFrom("set", "tool", "agent", "map", "switch", "route");
    const build = (kind: string, id: string): StepPlan => {
      if (kind === "tool") return tool(id);
      if (kind === "agent") return agent(id);
      if (kind === "map") return map(id, [tool("t")]);
      if (kind === "switch") return choice(id, [[set("x")]]);
      return kind === "route" ? choice(id, [[agent("x")], [set("y")]]) : set(id);
    };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (kinds) => {
        const steps = kinds.map((kind, index) => build(kind, `s${index}`));
        for (const layout of Object.values(finish(steps).graph)) {
          const run = layout.nodes.flatMap((node) => (node.run === "steps" ? Array.from({ length: node.to - node.from }, (_, i) => node.from + i) : node.run === "route" ? [node.step] : []));
          expect(run).toEqual(steps.map((_, index) => index));
          const ids = layout.nodes.map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          for (const node of layout.nodes) for (const next of node.run === "route" ? node.cases : [node.next]) if (next !== null) expect(ids).toContain(next);
        }
      }),
    );
  });
});

describe("hash", () => {
  const base = draft([set("a")]);
  const hash = (changed: Partial<typeof base>) => finishPlan({ draft: { ...base, ...changed } }).hash;

  it("is sha256 in hex, the same for the same draft however its keys are ordered", () => {
    expect(hash({})).toMatch(/^[0-9a-f]{64}$/);
    expect(finishPlan({ draft: { ...Object.fromEntries(Object.entries(base).reverse()), ...base } }).hash).toBe(hash({}));
  });

  it("changes with a step, a schema and a prompt, and not with endpoints (I37)", () => {
    expect(hash({ body: { steps: [set("b")] } })).not.toBe(hash({}));
    expect(hash({ schemas: { any: { type: "string" } } })).not.toBe(hash({}));
    expect(hash({ binding: { ...base.binding, tools: { fetch: { url: ["http://a"], headers: {} } } } })).toBe(hash({}));
  });
});

it("is frozen to the bottom", () => {
  const plan = finish([map("m", [set("a")])]);
  expect(Object.isFrozen(plan)).toBe(true);
  const inner = plan.body.steps[0];
  expect(Object.isFrozen(inner)).toBe(true);
  expect(inner?.kind === "map" && Object.isFrozen(inner.block.steps[0])).toBe(true);
  expect(literal(1)).toEqual({ data: "literal", value: 1 });
});
