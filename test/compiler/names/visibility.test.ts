import { describe, expect, it } from "vitest";
import { checkFlowText } from "../types/check-text.js";

const errors = (rest: string): readonly string[] => checkFlowText(rest).errors.map(({ at }) => at);
const message = (rest: string): string => checkFlowText(rest).errors.map((one) => one.message).join(" / ");

describe("what a step can read", () => {
  it("is earlier steps of its block and earlier siblings of every block around it", () => {
    expect(
      errors(`steps:
  - { id: a, set: 1 }
  - id: s
    switch:
      - when: steps.a > 0
        do:
          - { id: b, set: "\${steps.a + 1}" }
          - { id: m, map: { over: input.items }, do: [ { id: c, set: "\${steps.a + steps.b + item.qty + index}" } ] }
        value: "\${steps.m}"
      - else: { value: [] }
value: "\${steps.s}"`),
    ).toEqual([]);
  });

  it("is nothing inside a finished block: that block needs a value", () => {
    const rest = `steps:
  - id: s
    switch: [ { when: input.total > 1, do: [ { id: b, set: 2 } ] }, { else: { value: 1 } } ]
  - { id: c, set: "\${steps.b}" }`;
    expect(errors(rest)).toEqual(["FC3103@8"]);
    expect(message(rest)).toContain("give that block a `value`");
    expect(message(rest)).toContain("`steps.s`");
  });

  it("is no later step", () => {
    const rest = 'steps:\n  - { id: a, set: "${steps.b}" }\n  - { id: b, set: 2 }';
    expect(errors(rest)).toEqual(["FC3103@6"]);
    expect(message(rest)).toContain("comes later");
  });

  it("is not the step itself, nor what it stands in", () => {
    expect(message('steps: [ { id: a, set: "${steps.a}" } ]')).toContain("this very step");
    expect(message('steps: [ { id: m, map: { over: input.items }, do: [ { set: "${steps.m}" } ] } ]')).toContain("contains this place");
  });

  it("is no step of another case", () => {
    expect(errors('steps:\n  - switch:\n      - { when: input.total > 1, do: [ { id: a, set: 1 } ] }\n      - { else: { value: "${steps.a}" } }')).toEqual(["FC3103@8"]);
  });

  it("is nothing of the body in its own catch", () => {
    expect(message('steps:\n  - id: m\n    map: { over: input.items }\n    do: [ { id: a, set: 1 } ]\n    catch: [ { on: [expr], value: ["${steps.a}"] } ]')).toContain("`m`");
    expect(message('steps: [ { id: a, tool: fetch, with: { q: x } } ]\ncatch: [ { on: [any], value: "${steps.a.text}" } ]')).toContain("guards that step");
  });

  it("suggests a step that was meant, also behind `.?`", () => {
    expect(checkFlowText('steps:\n  - { id: draft, when: input.total > 1, set: { x: 1 } }\n  - { set: "${steps.?drft.x.orValue(1)}" }').errors).toMatchObject([{ at: "FC3101@7", hint: "did you mean `draft`?" }]);
  });

  it("is no more after the reader's own typo", () => {
    expect(errors('steps:\n  - { id: a, set: "${input.totl}" }\n  - { id: b, set: "${steps.a + 1}" }\n  - { when: steps.b > 1, set: 1 }')).toEqual(["FC3101@6"]);
  });

  it("reads info of steps that were run", () => {
    expect(errors('steps:\n  - { id: w, agent: writer, with: { q: x } }\n  - { set: "${info.w.usd + info.w.ms + info.w.attempts}" }\n  - { set: "${info.w.agent + info.w.status}" }')).toEqual([]);
    expect(errors('steps: [ { set: "${info.w.usd}" } ]')).toEqual(["FC3101@5"]);
  });

  it("does not take `steps` as a value", () => {
    expect(errors('steps: [ { id: a, set: 1 } ]\nvalue: "${steps}"')).toEqual(["FC4013@6"]);
  });
});

describe("branches", () => {
  const parallel = (b: string): string => `steps:
  - id: p
    parallel: { join: all }
    branches:
      a: [ { id: x, set: { n: 1 } } ]
      b: ${b}
value: "\${steps.p.a.n}"`;

  it("do not see each other's steps", () => {
    expect(message(parallel('[ { id: y, set: "${steps.x.n}" } ]'))).toContain("put `after: [a]` here, and read `branches.a`");
  });

  it("see the value of one that `after` names", () => {
    expect(errors(parallel('{ after: [a], do: [ { id: y, set: "${branches.a.n + 1}" } ] }'))).toEqual([]);
  });

  it("see no other one", () => {
    expect(message(parallel('{ value: "${branches.a.n}" }'))).toContain("after: [a]");
  });

  it("may be written in any order", () => {
    expect(errors('steps:\n  - parallel: {}\n    branches:\n      b: { after: [a], value: "${branches.a + 1}" }\n      a: { value: 1 }')).toEqual([]);
  });

  it("that are unknown or wait for each other are errors", () => {
    expect(errors('steps:\n  - parallel: {}\n    branches:\n      b: { after: [aa], value: 1 }\n      a: { value: 1 }')).toEqual(["FC3001@8"]);
    expect(errors('steps:\n  - parallel: {}\n    branches:\n      b: { after: [a], value: 1 }\n      a: { after: [b], value: 1 }')).toHaveLength(1);
  });
});

describe("names in their places", () => {
  it.each([
    ["`msg` behind the trigger", 'steps: [ { set: "${msg.id}" } ]'],
    ["`error` outside a catch", 'steps: [ { set: "${error.code}" } ]'],
    ["`state` outside a loop", 'steps: [ { set: "${state}" } ]'],
    ["`item` outside a map", 'steps: [ { set: "${item}" } ]'],
    ["`output` outside a guard", 'steps: [ { set: "${output}" } ]'],
    ["steps in an agent's section", 'agents: { a: { model: fast, instructions: "${steps.x}", input: Text } }\nsteps: [ { set: 1 } ]'],
  ])("has no %s", (_what, rest) => {
    expect(checkFlowText(rest).errors.map(({ at }) => at.slice(0, 4))).toEqual(["FC31"]);
  });

  it("gives `run` everywhere", () => {
    expect(errors('steps: [ { set: { id: "${run.id}", at: "${run.started}", depth: "${run.depth}", flow: "${run.flow}@${run.version}" } } ]')).toEqual([]);
  });

  it("refuses an element called like a name of the language", () => {
    expect(errors("steps: [ { map: { over: input.items, as: input }, value: 1 } ]")).toEqual(["FC3015@5"]);
  });
});
