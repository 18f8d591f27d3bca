import { describe, expect, it } from "vitest";
import { checkFlowText } from "./check-text.js";

const errors = (rest: string): readonly string[] => checkFlowText(rest).errors.map(({ at }) => at);
const MAYBE = '  - { id: a, when: input.total > 1, tool: fetch, with: { q: "${input.id}" } }\n';

describe("a step with `when`", () => {
  it("cannot be read plainly, and the message says why", () => {
    const found = checkFlowText(`steps:\n${MAYBE}  - { set: "\${steps.a.text}" }`).errors;
    expect(found.map(({ at }) => at)).toEqual(["FC4100@7"]);
    expect(found[0]?.message).toContain("`when`");
  });

  it.each(["fail: { code: none, message: none }", "return: none"])("a %s has no output, with one or without", (end) => {
    const [found] = checkFlowText(`steps:\n  - { id: a, when: input.total > 1, ${end} }\n  - { set: "\${steps.?a.text.orValue('')}" }`).errors;
    expect(found).toMatchObject({ at: "FC3103@7", message: expect.stringContaining("has no output") });
  });

  it("as the last one of a block: the message says that it is that one", () => {
    const found = checkFlowText(`steps:\n  - { id: both, saga: {}, do: [ { set: 1 }, { when: input.total > 1, set: 2 } ] }\n  - { set: "\${steps.both + 1}" }`).errors;
    expect(found.map(({ message }) => message)).toEqual(["`steps.both` may be absent: the last step of its block has a `when`"]);
  });

  it.each([
    ["orValue", '  - { set: "${steps.?a.text.orValue(\'-\')}" }'],
    ["has in the same expression", '  - { set: "${has(steps.a) && steps.a.text == \'x\'}" }'],
    ["the step's own when", '  - { when: has(steps.a), set: "${steps.a.text}" }'],
    ["an enclosing when", '  - { when: has(steps.a), map: { over: input.items }, do: [ { set: "${steps.a.text}" } ] }'],
    ["a case's when", '  - switch: [ { when: has(steps.a), do: [ { set: "${steps.a.text}" } ] } ]'],
    ["a branch's when", '  - { parallel: {}, branches: { x: { when: has(steps.a), value: "${steps.a.text}" } } }'],
    ["an earlier fail", '  - { when: "!has(steps.a)", fail: { code: none, message: none } }\n  - { set: "${steps.a.text}" }'],
    ["an earlier return", '  - { when: "!has(steps.a)", return: none }\n  - { set: "${steps.a.text}" }'],
    ["a fail that is implied", '  - { when: "!has(steps.a) || steps.a.text == \'\'", fail: { code: none, message: none } }\n  - { set: "${steps.a.text}" }'],
    ["a fail, in a block behind it", '  - { when: "!has(steps.a)", fail: { code: none, message: none } }\n  - { map: { over: input.items }, do: [ { set: "${steps.a.text}" } ] }'],
    ["the else of a case that tests it", '  - switch: [ { when: "!has(steps.a)", value: none }, { else: { value: "${steps.a.text}" } } ]'],
    ["its own catch", '  - { when: has(steps.a), tool: fetch, with: { q: x }, catch: [ { on: [timeout], value: "${steps.a}" } ] }'],
  ])("is read behind %s", (_what, rest) => {
    expect(errors(`steps:\n${MAYBE}${rest}`)).toEqual([]);
  });

  it.each([
    ["the wrong way round", '  - { when: has(steps.a), fail: { code: none, message: none } }\n  - { set: "${steps.a.text}" }'],
    ["a fail that says less", '  - { when: "!has(steps.a) && input.total > 2", fail: { code: none, message: none } }\n  - { set: "${steps.a.text}" }'],
    ["a step that goes on", '  - { when: "!has(steps.a)", set: 1 }\n  - { set: "${steps.a.text}" }'],
    ["a fail in another block", '  - switch: [ { when: input.total > 2, do: [ { when: "!has(steps.a)", fail: { code: none, message: none } } ] } ]\n  - { set: "${steps.a.text}" }'],
    ["behind the step that tested it", '  - { when: has(steps.a), set: 1 }\n  - { set: "${steps.a.text}" }'],
    ["behind the case that tested it", '  - switch: [ { when: has(steps.a), value: 1 } ]\n  - { set: "${steps.a.text}" }'],
  ])("is not made sure by %s", (_what, rest) => {
    expect(errors(`steps:\n${MAYBE}${rest}`).every((at) => at.startsWith("FC4100"))).toBe(true);
    expect(errors(`steps:\n${MAYBE}${rest}`)).toHaveLength(1);
  });
});

describe("which agent a step went to", () => {
  it("is none where it is skipped, or where the `pick` that failed is caught", () => {
    const agent = (step: string, read = "info.a.agent"): readonly string[] => errors(`steps:\n  - { id: a, ${step}, with: { q: x } }\nvalue: "\${${read}}"`);
    expect(agent("when: input.total > 1, agent: writer")).toEqual(["FC4100@7"]);
    expect(agent("when: input.total > 1, agent: writer", "info.a.?agent.orValue('none')")).toEqual([]);
    expect(agent("agent: { pick: \"input.items[0].qty > 1 ? 'writer' : 'writer'\", from: [writer] }, catch: [ { on: [any], do: [] } ]")).toEqual(["FC4100@7"]);
    expect(agent("agent: writer, catch: [ { on: [any], do: [] } ]")).toEqual([]);
  });
});

describe("a condition that can fail itself", () => {
  const guarded = (when: string, on: string): readonly string[] => errors(`steps:\n  - { id: s, when: "${when}", tool: fetch, with: { q: x }, catch: [ { on: [${on}], value: { text: "\${input.note}" } } ] }`);
  it("says nothing in a clause for its failure", () => {
    expect(guarded("input.items[0].qty > 1 && has(input.note)", "expr")).toEqual(["FC4100@6"]);
    expect(guarded("int(input.id) > 1 && has(input.note)", "any")).toEqual(["FC4100@6"]);
  });
  it("holds where another error is caught, or where it cannot fail", () => {
    expect(guarded("input.items[0].qty > 1 && has(input.note)", "timeout")).toEqual([]);
    expect(guarded("size(input.items) > 1 && has(input.note)", "any")).toEqual([]);
  });
});

describe("a fact about one thing", () => {
  it("does not hold for another of the same name", () => {
    const rest = `steps:
  - id: outer
    loop: { init: { note: "\${input.?note}", n: 0 }, max: 3 }
    do:
      - id: inner
        when: has(state.note)
        loop: { init: { note: "\${input.?note}", n: 0 }, max: 3 }
        value: { note: "\${state.note}", n: 1 }
    value: { n: "\${state.n + 1}" }`;
    expect(errors(rest)).toEqual(["FC4100@12"]);
  });
});

describe("what a switch, a catch and a branch leave open", () => {
  it("makes a switch without else optional", () => {
    expect(errors('steps:\n  - { id: s, switch: [ { when: input.total > 1, value: 1 } ] }\n  - { set: "${steps.s + 1}" }')).toEqual(["FC4100@7"]);
  });

  it.each([
    ["each value by ==", "{ when: input.kind == 'web', value: 1 }, { when: input.kind == 'shop', value: 2 }, { when: input.kind == 'phone', value: 3 }"],
    ["by `in`", "{ when: \"input.kind in ['web', 'shop']\", value: 1 }, { when: input.kind == 'phone', value: 3 }"],
    ["by ||", "{ when: \"input.kind == 'web' || input.kind == 'shop'\", value: 1 }, { when: \"'phone' == input.kind\", value: 3 }"],
    ["true and false", "{ when: steps.v.ok, value: 1 }, { when: \"!steps.v.ok\", value: 3 }"],
  ])("knows that an enum is covered: %s", (_what, cases) => {
    expect(errors(`steps:\n  - { id: v, agent: checker, with: { text: "\${input.id}" } }\n  - { id: s, switch: [ ${cases} ] }\n  - { set: "\${steps.s + 1}" }`)).toEqual([]);
  });

  it.each([
    ["a value is missing", "{ when: input.kind == 'web', value: 1 }, { when: input.kind == 'shop', value: 2 }"],
    ["a test says more", "{ when: input.kind == 'web', value: 1 }, { when: input.kind == 'shop', value: 2 }, { when: input.kind == 'phone' && input.total > 1, value: 3 }"],
    ["it is text", "{ when: input.id == 'a', value: 1 }, { when: input.id == 'b', value: 2 }"],
  ])("knows that one is not: %s", (_what, cases) => {
    expect(errors(`steps:\n  - { id: s, switch: [ ${cases} ] }\n  - { set: "\${steps.s + 1}" }`)).toEqual(["FC4100@7"]);
  });

  it.each([
    ["null by ==", "{ when: input.k == 'a', value: 1 }, { when: input.k == 'b', value: 2 }, { when: input.k == null, value: 3 }", []],
    ["null by `in`", "{ when: \"input.k in ['a', null]\", value: 1 }, { when: input.k == 'b', value: 2 }", []],
    ["not null", "{ when: input.k == 'a', value: 1 }, { when: input.k == 'b', value: 2 }", ["FC4100@7"]],
  ])("knows whether an enum that has null is covered: %s", (_what, cases, found) => {
    expect(checkFlowText(`steps:\n  - { id: s, switch: [ ${cases} ] }\n  - { set: "\${steps.s + 1}" }`, "{ type: object, required: [k], properties: { k: { enum: [a, b, null] } } }").errors.map(({ at }) => at)).toEqual(found);
  });

  it("makes a step optional whose catch yields nothing", () => {
    const caught = (clause: string): readonly string[] => errors(`steps:\n  - { id: a, tool: fetch, with: { q: x }, catch: [ { on: [unavailable], ${clause} } ] }\n  - { set: "\${steps.a.text}" }`);
    expect(caught("do: []")).toEqual(["FC4100@7"]);
    expect(caught("value: { text: none }")).toEqual([]);
    expect(caught("do: [ { fail: { code: gone, message: gone } } ]")).toEqual([]);
    expect(caught("do: [ { set: { text: none } } ]")).toEqual([]);
  });

  it("makes a branch optional that may not run or not win", () => {
    const parallel = (join: string, when = ""): string => `steps:\n  - id: p\n    parallel: { join: ${join} }\n    branches: { a: { ${when}value: { n: 1 } }, b: { value: { n: 2 } } }\n`;
    expect(errors(`${parallel("all")}value: "\${steps.p.a.n}"`)).toEqual([]);
    expect(errors(`${parallel("all", "when: input.total > 1, ")}value: "\${steps.p.a.n}"`)).toEqual(["FC4100@9"]);
    expect(errors(`${parallel("any")}value: "\${steps.p.a.n}"`)).toEqual(["FC4100@9"]);
    expect(errors(`${parallel("1")}value: "\${steps.p.?a.n.orValue(0)}"`)).toEqual([]);
  });
});

describe("where a hole is empty", () => {
  it("leaves out a key that is optional", () => {
    expect(errors('steps: [ { agent: writer, with: { q: "${input.id}", context: "${input.?note}" } } ]')).toEqual([]);
  });

  it("is an error where the key is required, in a list, and for a whole value", () => {
    expect(errors('steps: [ { agent: writer, with: { q: "${input.?note}" } } ]')).toEqual(["FC4004@5"]);
    expect(errors('steps: [ { set: [ "${input.?note}" ] } ]')).toEqual(["FC4004@5"]);
    expect(errors('output: string\nsteps: []\nvalue: "${input.?note}"')).toEqual(["FC4004@7"]);
    expect(errors('steps: [ { agent: writer, with: "${input.?note}" } ]')).toEqual(["FC4004@5"]);
  });

  it("makes the key of what is set optional", () => {
    expect(errors('steps:\n  - { id: a, set: { note: "${input.?note}" } }\n  - { set: "${steps.a.note}" }')).toEqual(["FC4100@7"]);
  });
});
