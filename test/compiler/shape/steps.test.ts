import { describe, expect, it } from "vitest";
import type { StepNode } from "../../../src/compiler/shape/ast.js";
import { flow, shapeOk, shapeText, step } from "./shape-text.js";

const only = (text: string): StepNode => {
  const [first] = shapeOk(step(text)).flow?.body.steps ?? [];
  if (first === undefined) throw new Error("no step");
  return first;
};
/** Nodes and spans by their text, everything else as it is. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === "span" || key === "head" ? undefined : brief(one))));
const brief = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || !("kind" in value)) return value;
  if (value.kind === "scalar" && "value" in value) return value.value;
  return value;
};

describe("step kinds", () => {
  it.each([
    ["{ agent: a }", { kind: "agent", agent: { kind: "name", name: { value: "a" } } }],
    ["{ agent: { pick: x.y, from: [a, b] } }", { kind: "agent", agent: { kind: "pick", pick: "x.y", from: [{ value: "a" }, { value: "b" }] } }],
    ['{ id: t, tool: lib.t, with: 1, key: "k", on_unknown: verify, trust: model }', { kind: "tool", id: { value: "t" }, tool: { value: "lib.t" }, with: 1, key: "k", onUnknown: { value: "verify" }, trust: { value: "model" } }],
    ["{ set: null }", { kind: "set", value: null }],
    ["{ emit: orders.done, with: 1 }", { kind: "emit", topic: { kind: "name", name: { value: "orders.done" } }, with: 1 }],
    ["{ call: pricing@2, timeout: 1h30m, policy: net }", { kind: "call", flow: { value: "pricing@2" }, timeout: { value: 5_400_000 }, policy: { value: "net" } }],
    ["{ fail: { code: rejected, message: no } }", { kind: "fail", code: { value: "rejected" }, message: "no" }],
    ["{ return: 3 }", { kind: "return", value: 3 }],
    ['{ ask: { question: "Go?", output: A, to: editors, timeout: 24h, on_timeout: false } }', { kind: "ask", question: { kind: "text", node: "Go?" }, output: "A", to: { is: "topic", topic: { value: "editors" } }, timeout: { value: 86_400_000 }, onTimeout: false }],
    ["{ get: t, key: k }", { kind: "get", table: { value: "t" }, key: "k" }],
    ["{ put: t, key: k, with: 1, if: 2, trust: model }", { kind: "put", table: { value: "t" }, key: "k", with: 1, if: 2, trust: { value: "model" } }],
    ["{ ask: { question: { file: q.md }, output: A } }", { kind: "ask", question: { kind: "file", path: { value: "q.md" } }, output: "A" }],
  ])("%s", (text, shape) => {
    expect(plain(only(text))).toEqual(shape);
  });

  it("parallel takes branches as lists and as blocks", () => {
    expect(plain(only("{ parallel: { join: 2, rest: finish, concurrency: 3 }, branches: { a: [ { set: 1 } ], b: { when: x, after: [a], value: 2 } } }"))).toEqual({
      kind: "parallel",
      join: { value: 2 },
      rest: { value: "finish" },
      concurrency: 3,
      branches: [
        { name: { value: "a" }, after: [], block: { steps: [{ kind: "set", value: 1 }], hasDo: true } },
        { name: { value: "b" }, after: [{ value: "a" }], block: { when: "x", steps: [], hasDo: false, value: 2 } },
      ],
    });
  });

  it.each([
    ["all", { value: "all" }],
    ["3", { value: 3 }],
    ["size(input.xs) / 2", { cel: "size(input.xs) / 2" }],
  ])("join: %s", (text, join) => {
    expect(plain(only(`{ map: { over: xs, join: ${text} }, value: 1 }`))).toMatchObject({ join });
  });

  it("switch: cases, and else as a list or a block", () => {
    expect(plain(only("{ switch: [ { when: a, do: [] }, { when: b, value: 1, catch: [ { on: any, do: [] } ] }, { else: [ { set: 2 } ] } ] }"))).toEqual({
      kind: "switch",
      cases: [
        { when: "a", block: { steps: [], hasDo: true } },
        { when: "b", block: { steps: [], hasDo: false, value: 1, catch: [{ on: "any", block: { steps: [], hasDo: true } }] } },
        { block: { steps: [{ kind: "set", value: 2 }], hasDo: true } },
      ],
    });
  });

  it("loop and map have their body beside the kind", () => {
    expect(plain(only("{ loop: { init: 1, type: number, until: state > 3, max: 5, on_max: stop }, value: 2 }"))).toEqual({
      kind: "loop", init: 1, type: "number", until: "state > 3", max: { value: 5 }, onMax: "stop", block: { steps: [], hasDo: false, value: 2 },
    });
    expect(plain(only("{ map: { over: xs, as: x }, do: [ { set: 1 } ] }"))).toEqual({
      kind: "map", over: "xs", as: { value: "x" }, block: { steps: [{ kind: "set", value: 1 }], hasDo: true },
    });
  });

  it("`${}` around a bare expression is taken off, and keeps places", () => {
    const text = step('{ set: 1, when: "${ input.a > 1 }" }');
    const when = shapeOk(text).flow?.body.steps[0]?.when;
    expect(when?.text).toBe(" input.a > 1 ");
    expect(text[when?.offsetOf(1) ?? 0]).toBe("i");
    expect(only('{ set: 1, when: "${a} > ${b}" }').when?.text).toBe("${a} > ${b}");
  });

  it("clauses: a list of codes, or any", () => {
    expect(plain(only("{ set: 1, catch: [ { on: [timeout, own_code], value: 1 }, { on: [any], do: [] } ] }").catch)).toEqual([
      { on: [{ value: "timeout" }, { value: "own_code" }], block: { steps: [], hasDo: false, value: 1 } },
      { on: "any", block: { steps: [], hasDo: true } },
    ]);
  });
});

describe("sagas", () => {
  it("hold a block; what undoes a step is one step or a block", () => {
    const saga = only("{ saga: { on_unknown: verify, timeout: 10m }, do: [ { tool: a, compensate: { tool: b } }, { emit: c, compensate: { do: [ { tool: d } ], value: 1 } }, { tool: e, pivot: true } ], value: 2 }");
    expect(plain(saga)).toMatchObject({ kind: "saga", onUnknown: { value: "verify" }, timeout: { value: 600_000 }, block: { value: 2 } });
    expect(saga.kind === "saga" ? saga.block.steps.map((one) => ("compensate" in one ? one.compensate?.steps.map(({ kind }) => kind) : undefined)) : []).toEqual([["tool"], ["tool"], undefined]);
    expect(saga.kind === "saga" && "pivot" in (saga.block.steps[2] ?? {})).toBe(true);
  });

  it("undo keys belong to what changes something", () => {
    expect(shapeText(step("{ agent: a, pivot: true }")).found).toEqual(["3 FC2002"]);
    expect(shapeText(step("{ tool: t, compensate: nonsense }")).found).toEqual(["3 FC2004"]);
    expect(shapeText(step("{ saga: { timeout: 1m }, timeout: 2m, do: [] }")).found).toEqual(["3 FC2015"]);
  });
});

describe("what is not built is one FC2090 and nothing else", () => {
  it.each([
    "{ plan: 3, tools: x }",
    "{ plan: { bad: 1 } }",
  ])("%s", (text) => {
    expect(shapeText(step(text)).found).toEqual(["3 FC2090"]);
  });
});

describe("a step that does not shape", () => {
  it("hides no other, and its id is noted", () => {
    const { files, found } = shapeText(flow("steps:\n  - { id: a, agent: [x] }\n  - { id: b, tool: t, with: 1 }\n  - { agent: y, foo: 1 }\n  - { agent: z }"));
    expect(found).toEqual(["4 FC2004", "6 FC2002"]);
    expect(files[0]?.flow?.body.steps.map((one) => one.id?.value ?? one.kind)).toEqual(["b", "agent"]);
    expect(files[0]?.flow?.body.broken).toBe(true);
    expect([...(files[0]?.broken ?? [])]).toEqual(expect.arrayContaining(["steps.a", "steps.agent1", "steps.agent2"]));
  });

  it("a typo is read as the key that was meant", () => {
    const { files, found } = shapeText(step("{ id: a, agnet: x, wiht: 1, timeuot: 5s }"));
    expect(found).toEqual(["3 FC2002", "3 FC2002", "3 FC2002"]);
    expect(files[0]?.flow?.body.steps[0]).toMatchObject({ kind: "agent", timeout: { value: 5000 } });
    expect(files[0]?.broken.size).toBe(0);
  });

  it("a wrong number is left out and the step stays", () => {
    const { files, found } = shapeText(step("{ set: 1, timeout: 5 }"));
    expect(found).toEqual(["3 FC2011"]);
    expect(files[0]?.flow?.body.steps).toHaveLength(1);
  });

  it("an emit behind a broken step does not take another step's output", () => {
    const { files, found } = shapeText(step("{ set: 1 }, { agent: [x] }, { emit: t }"));
    expect(found).toEqual(["3 FC2004"]);
    expect(files[0]?.flow?.body.steps.map(({ kind }) => kind)).toEqual(["set"]);
  });
});
