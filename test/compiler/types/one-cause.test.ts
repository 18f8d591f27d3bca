import { describe, expect, it } from "vitest";
import { checkFlowText } from "./check-text.js";

const errors = (rest: string): readonly string[] => checkFlowText(rest).errors.map(({ at }) => at);
const MAYBE = '  - { id: a, when: input.total > 1, tool: fetch, with: { q: "${input.id}" } }\n';

describe("one cause, one error", () => {
  it.each([
    ["a typo in `has`, behind `&&`", `steps:\n${MAYBE}  - { set: "\${has(steps.b) && steps.a.text == 'x'}" }`, "FC3101@7"],
    ["a typo in a step's `when`", `steps:\n${MAYBE}  - { when: has(steps.b), set: "\${steps.a.text}" }`, "FC3101@7"],
    ["a typo in a fail that guards", `steps:\n${MAYBE}  - { when: "!has(steps.b)", fail: { code: none, message: none } }\n  - { set: "\${steps.a.text}" }`, "FC3101@7"],
    ["a `when` that does not parse", `steps:\n${MAYBE}  - { when: "has(steps.a) and true", set: "\${steps.a.text}" }`, "FC1102@7"],
    ["an unknown function in a `when`", `steps:\n${MAYBE}  - { when: hass(steps.a), set: "\${steps.a.text}" }`, "FC3102@7"],
    ["a misspelt comprehension", 'steps:\n  - { set: "${input.items.filtr(i, i.qty > 1).size()}" }', "FC3102@6"],
    ["a tool that is not there, and its codes", 'steps:\n  - { tool: pey, with: { amount: 1 }, catch: [ { on: [declined], value: { receipt: "${error.data.reason}" } } ] }', "FC3001@6"],
    ["a flow that is not there, and its codes", 'steps:\n  - { call: other, catch: [ { on: [bad], value: 1 } ] }', "FC3010@6"],
    ["an agent that is not there, and the enum that it gives", "steps:\n  - { id: r, agent: nobody }\n  - { id: s, switch: [ { when: steps.r.kind == 'a', value: 1 } ] }\n  - { set: \"${steps.s + 1}\" }", "FC3001@6"],
    ["a part of `init` that is not there", 'steps:\n  - { loop: { init: { n: "${input.ttl}" }, max: 2 }, value: { n: "${state.n + 1}" } }', "FC3101@6"],
    ["a wrong number beside a whole one, where whole ones are asked for", 'steps:\n  - { emit: seen, with: { n: "${input.ttl + 1}" } }\ntopics: { seen: { message: { fields: { n: integer } } } }', "FC3101@6"],
    ["a condition that is none", `steps:\n${MAYBE}  - { when: input.total, set: "\${steps.a.text}" }`, "FC4005@7"],
    ["what is read bare twice", `steps:\n${MAYBE}  - { set: "\${steps.a.text + steps.a.text}" }`, "FC4100@7"],
    ["what is read bare in a `when` and behind it", `steps:\n${MAYBE}  - { when: steps.a.text != '', set: "\${steps.a.text}" }`, "FC4100@7"],
    ["a code that is not raised, and its data", 'steps:\n  - { tool: pay, with: { amount: 1 }, catch: [ { on: [decline], value: { receipt: "${error.data.reason}" } } ] }', "FC3014@6"],
    ["a name in `from` that is not there", 'steps:\n  - { id: o, set: "${input.total > 1 ? \'writer\' : \'other\'}" }\n  - { agent: { pick: steps.o, from: [writer, othr] }, with: { q: x } }', "FC3001@7"],
    ["`after` that names no branch", 'steps:\n  - { parallel: {}, branches: { web: [ { set: 1 } ], use: { after: [wep], value: "${branches.web}" } } }', "FC3001@6"],
    ["branches that wait for each other", 'steps:\n  - { parallel: {}, branches: { a: { after: [b], value: "${branches.b}" }, b: { after: [a], value: "${branches.a}" } } }', "FC3013@6"],
    ["a branch that waits for itself", 'steps:\n  - { parallel: {}, branches: { a: { after: [a], value: 1 }, b: { after: [a], value: "${branches.a}" } } }', "FC3013@6"],
    ["a `join` that is none of its words", 'steps:\n  - { id: p, parallel: { join: every }, branches: { a: [ { set: 1 } ] } }\n  - { set: "${steps.p.a}" }', "FC2005@6"],
    ["a case that tests a value that is not possible", "steps:\n  - { id: s, switch: [ { when: input.kind == 'web', value: 1 }, { when: input.kind == 'shop', value: 2 }, { when: input.kind == 'fone', value: 3 } ] }\n  - { set: \"${steps.s + 1}\" }", "FC4110@6"],
  ])("%s", (_what, rest, at) => {
    expect(errors(rest)).toEqual([at]);
  });

  it("does not hide what has a cause of its own", () => {
    expect(errors(`steps:\n${MAYBE}  - { when: has(steps.b), set: "\${steps.a.text}" }\n  - { set: "\${steps.a.text}" }`)).toEqual(["FC3101@7", "FC4100@8"]);
    expect(errors(`steps:\n${MAYBE}  - { set: "\${steps.a.text + input.note}" }`)).toEqual(["FC4100@7", "FC4100@7"]);
  });
});
