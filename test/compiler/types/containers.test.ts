import { describe, expect, it } from "vitest";
import { printType } from "../../../src/core/typing/print.js";
import { checkFlowText } from "./check-text.js";

const errors = (rest: string, input?: string): readonly string[] => checkFlowText(rest, input).errors.map(({ at }) => at);
/** The type of the flow's first step. */
const typeOf = (step: string): string => {
  const { errors: found, flows } = checkFlowText(`steps:\n  - ${step}`);
  if (found.length > 0) return JSON.stringify(found);
  const [flow] = flows;
  const plan = flow?.draft.body.steps[0];
  const info = plan === undefined ? undefined : flow?.steps.get(plan);
  return info === undefined ? "none" : printType(info.output);
};

describe("what a container gives", () => {
  it.each([
    ["switch", "switch: [ { when: input.total > 1, value: { a: 1 } }, { else: { value: { a: 2, b: x } } } ]", '{ a: 1 } | { a: 2, b: "x" }'],
    ["parallel", "{ parallel: {}, branches: { a: { value: 1 }, b: { when: input.total > 1, value: x } } }", '{ a: 1, b?: "x" }'],
    ["map", "{ map: { over: input.items }, value: \"${item.sku}\" }", "string[]"],
    ["map, of what may be missing", "{ map: { over: input.items }, do: [ { when: item.qty > 1, set: \"${item.sku}\" } ] }", "(string | null)[]"],
    ["map, any", "{ map: { over: input.items, join: any }, value: \"${item.sku}\" }", "{ winner: integer, all: string[] }"],
    ["map, N", "{ map: { over: input.items, join: 2 }, value: \"${item.sku}\" }", "{ winner: integer, all: string[] }"],
    ["map, settled", "{ map: { over: input.items, join: settled }, value: \"${item.sku}\" }", "{ ok: string[], failed: Error[] }"],
    ["parallel, settled", "{ parallel: { join: settled }, branches: { a: { value: 1 }, b: { value: x } } }", '{ ok: { a?: 1, b?: "x" }, failed: { a?: Error, b?: Error } }'],
    ["parallel, any", "{ parallel: { join: any }, branches: { a: { value: 1 }, b: { value: 2 } } }", '{ winner: "a" | "b", all: (1 | 2)[], a?: 1, b?: 2 }'],
    ["loop", "{ loop: { init: { text: \"\", n: 0, ok: false }, max: 3 }, value: { text: x, n: 1, ok: true } }", "{ text: string, n: number, ok: boolean }"],
    ["set", "{ set: { a: [ 1, 2 ], b: \"${input.id}\" } }", "{ a: (1 | 2)[], b: string }"],
  ])("%s", (_what, step, expected) => {
    expect(typeOf(step)).toBe(expected);
  });

  it("is the block's value, else its last step's output", () => {
    expect(typeOf("{ map: { over: input.items }, do: [ { set: 1 }, { set: x } ] }")).toBe('"x"[]');
    expect(typeOf("{ map: { over: input.items }, do: [ { set: 1 }, { set: x } ], value: true }")).toBe("true[]");
  });

  it.each([
    ['"0"', ["FC2010@5"]],
    ['"-1"', ["FC2010@5"]],
    ['"1.5"', ["FC4005@5"]],
    ['"${any}"', ["FC2005@5"]],
  ])("refuses join: %s", (join, found) => {
    expect(errors(`steps: [ { parallel: { join: ${join} }, branches: { a: { value: 1 }, b: { value: 2 } } } ]`)).toEqual(found);
  });
  it("refuses a branch that is called like a field of the join", () => {
    expect(errors("steps: [ { parallel: { join: any }, branches: { winner: { value: 1 }, b: { value: 2 } } } ]")).toEqual(["FC3015@5"]);
    expect(errors("steps: [ { parallel: {}, branches: { winner: { value: 1 }, b: { value: 2 } } } ]")).toEqual([]);
  });
});

describe("loop", () => {
  it.each([
    ["an empty list", "[]"],
    ["an empty list inside", "{ xs: [] }"],
    ["an empty object", "{ m: {} }"],
    ["null", "{ last: null }"],
    ["an expression that is an empty list", '{ xs: "${[]}" }'],
  ])("needs a type for %s", (_what, init) => {
    expect(errors(`steps: [ { loop: { init: ${init}, max: 3 }, value: 1 } ]`)).toEqual(["FC4007@5"]);
  });

  it("holds `init` and the next state against its type", () => {
    expect(errors('steps: [ { loop: { type: { fields: { xs: "string[]" } }, init: { xs: [] }, max: 3 }, value: { xs: "${state.xs + [input.id]}" } } ]')).toEqual([]);
    expect(errors('steps: [ { loop: { type: { fields: { xs: "string[]" } }, init: { ys: [] }, max: 3 }, value: { xs: [] } } ]')).toHaveLength(1);
    expect(errors('steps: [ { loop: { init: { n: 0 }, max: 3 }, value: { n: x } } ]')).toEqual(["FC4001@5"]);
    expect(errors('steps: [ { loop: { init: { n: 0 }, max: 3 }, do: [ { set: { n: 1, m: 2 } } ] } ]')).toEqual(["FC4003@5"]);
  });

  it("needs a next state", () => {
    expect(errors("steps: [ { loop: { init: 0, max: 3 }, do: [ { when: state > 1, set: 1 } ] } ]")).toEqual(["FC4009@5"]);
    expect(errors("steps: [ { loop: { init: 0, max: 3 }, do: [] } ]")).toEqual(["FC4009@5"]);
  });

  it("gives state, iteration, item and index", () => {
    expect(errors('steps: [ { loop: { init: { n: 0, s: "" }, over: input.items, as: it, while: state.n < 5, until: "state.s == \'x\'" }, value: { n: "${state.n + iteration + index + it.qty}", s: "${it.sku}" } } ]')).toEqual([]);
  });

  it("widens a map whose keys are computed", () => {
    expect(errors('steps: [ { id: l, loop: { over: input.items, init: "${ {input.id: 0} }" }, value: "${ {item.sku: state[?item.sku].orValue(0) + item.qty} }" } ]')).toEqual([]);
  });

  it("may have no state for a clause that catches the failure of `init`", () => {
    const loop = (init: string, on: string): readonly string[] => errors(`steps: [ { id: l, loop: { init: "${init}", max: 3 }, value: "\${state + 1}", catch: [ { on: [${on}], value: "\${state}" } ] } ]\nvalue: "\${steps.l + 1}"`);
    expect(loop("${input.items[0].qty}", "expr")).not.toEqual([]);
    expect(loop("${input.total / 2}", "any")).not.toEqual([]);
    expect(loop("${input.items[0].qty}", "exhausted")).toEqual([]);
    expect(loop("${size(input.items) + 1}", "any")).toEqual([]);
  });

  it("gives its last state to its own catch", () => {
    expect(errors('steps: [ { id: l, loop: { init: { n: 0 }, max: 3 }, value: { n: "${state.n + 1}" }, catch: [ { on: [exhausted], value: "${state}" } ] } ]\nvalue: "${steps.l.n}"')).toEqual([]);
  });
});

it("a map that is gone through has its names", () => {
  const prices = "{ fields: { prices: { type: object, additionalProperties: { type: number } } } }";
  const each = (over: string) => checkFlowText(`steps: [ { map: { over: "${over}", as: name }, value: "\${input.prices[?name].orValue(0)}" } ]`, prices);
  expect(each("input.prices").errors).toMatchObject([{ at: "FC4005@5", hint: "its names are a list: `input.prices.map(name, name)`" }]);
  expect(each("input.prices.map(name, name)").errors).toEqual([]);
});

describe("catch", () => {
  const caught = (step: string, on: string, rest = "value: 1"): readonly string[] => errors(`steps:\n  - { id: s, ${step}, catch: [ { on: [${on}], ${rest} } ] }`);

  it.each([
    ["set: 1", "timeout, expr", "unavailable"],
    ["tool: fetch, with: { q: x }", "timeout, expr, unavailable, rate_limit, invalid_input, invalid_output, unknown", "denied"],
    ["tool: pay, with: { amount: 1 }", "declined, locked, limit, refused", "budget"],
    ["agent: writer, with: { q: x }", "refused, limit, budget, invalid_output, unavailable, rate_limit, unknown", "invalid_input"],
    ['ask: { question: "?", output: Verdict }', "denied, timeout", "unavailable"],
    ["loop: { init: 0, max: 3 }, value: 1", "exhausted", "join"],
    ["map: { over: input.items }, do: [ { tool: pay, with: { amount: 1 } } ]", "declined, join", "exhausted"],
    ["switch: [ { when: input.total > 1, do: [ { fail: { code: own, message: x } } ] } ]", "own", "owm"],
    ["fail: { code: own, message: x }", "own", "compensated"],
  ])("knows what `%s` raises", (step, can, cannot) => {
    expect(caught(step, can)).toEqual([]);
    expect(caught(step, cannot)).toEqual(["FC3014@6"]);
  });

  it("lists what can be raised", () => {
    const { errors: found } = checkFlowText("steps:\n  - { tool: pay, with: { amount: 1 }, catch: [ { on: [declind], value: 1 } ] }");
    expect(found).toMatchObject([{ text: "declind", hint: "did you mean `declined`?" }]);
    expect(found[0]?.message).toContain("`declined`, `locked`");
  });

  it("has no code that an inner catch took already", () => {
    const inner = "tool: pay, with: { amount: 1 }, catch: [ { on: [declined], value: 1 } ]";
    expect(errors(`steps:\n  - { switch: [ { when: input.total > 1, do: [ { ${inner} } ] } ], catch: [ { on: [declined], value: 1 } ] }`)).toEqual(["FC3014@6"]);
    expect(errors(`steps:\n  - { switch: [ { when: input.total > 1, do: [ { ${inner.replace("value: 1", "do: [ { fail: { code: own, message: x } } ]")} } ] } ], catch: [ { on: [own], value: 1 } ] }`)).toEqual([]);
  });

  it("types error.data where one code is listed", () => {
    expect(caught("tool: pay, with: { amount: 1 }", "declined", 'value: "${error.data.ok}"')).toEqual([]);
    expect(caught("tool: pay, with: { amount: 1 }", "declined", 'value: "${error.data.okay}"')).toEqual(["FC3101@6"]);
    expect(caught("tool: pay, with: { amount: 1 }", "declined, locked", 'value: "${error.data.ok}"')).toHaveLength(1);
    expect(caught("fail: { code: own, message: x, data: { n: 1 } }", "own", 'value: "${error.data.n + 1}"')).toEqual([]);
    expect(caught('fail: { code: own, message: x, data: "${input.?note}" }', "own", 'value: "${error.data}"')).toEqual(["FC4100@6"]);
    expect(caught('fail: { code: own, message: x, data: "${input.?note}" }', "own", "value: \"${error.?data.orValue('')}\"")).toEqual([]);
  });

  it("gives code, message, step and attempts", () => {
    expect(caught("tool: pay, with: { amount: 1 }", "declined, timeout", "value: \"${error.code + error.message + error.step + string(error.attempts)}\"")).toEqual([]);
    expect(caught("tool: pay, with: { amount: 1 }", "declined, timeout", "value: \"${error.cause.message}\"")).toEqual(["FC4100@6"]);
  });

  it("takes the flow's codes at the flow", () => {
    expect(errors('steps: [ { tool: pay, with: { amount: 1 } } ]\ntimeout: 1h\ncatch: [ { on: [declined], value: 1 }, { on: [timeout], value: 2 } ]')).toEqual([]);
    expect(errors("steps: [ { set: 1 } ]\ncatch: [ { on: [declined], value: 1 } ]")).toEqual(["FC3014@6"]);
  });

  it("joins the type of what it guards", () => {
    expect(errors('output: Text\nsteps: [ { id: a, tool: fetch, with: { q: x }, catch: [ { on: [timeout], value: { text: none } } ] } ]\nvalue: "${steps.a}"')).toEqual([]);
    expect(errors('output: Text\nsteps: [ { id: a, tool: fetch, with: { q: x }, catch: [ { on: [timeout], value: { txt: none } } ] } ]\nvalue: "${steps.a}"')).toEqual(["FC4001@7"]);
    expect(errors("output: Text\nsteps: [ { tool: fetch, with: { q: x } } ]\ncatch: [ { on: [timeout], value: { txt: none } } ]")).toHaveLength(1);
  });
});

describe("a flow's output", () => {
  it("is its value, else its last step's output", () => {
    expect(errors("output: Text\nsteps: [ { tool: fetch, with: { q: x } } ]")).toEqual([]);
    expect(errors("output: Text\nsteps: [ { tool: pay, with: { amount: 1 } } ]")).toEqual(["FC4001@6"]);
  });

  it("must be given", () => {
    expect(errors("output: Text\nsteps: []")).toHaveLength(1);
    expect(errors("output: Text\nsteps: [ { when: input.total > 1, tool: fetch, with: { q: x } } ]")).toEqual(["FC4009@6"]);
    expect(errors("output: Text\nsteps: [ { tool: ping, with: { id: x } } ]")).toEqual(["FC4009@6"]);
    expect(errors("output: Text\nsteps: [ { return: { text: x } } ]")).toEqual([]);
    expect(errors('steps: [ { when: input.total > 1, return: "${input.?note}" } ]\nvalue: x')).toEqual(["FC4004@5"]);
    expect(errors("output: Text\nsteps: [ { fail: { code: own, message: x } } ]")).toEqual([]);
  });
});
