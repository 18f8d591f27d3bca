import { describe, expect, it } from "vitest";
import { compile } from "../../src/compiler/compile.js";

const HEAD = `flowctl: v1
flow: sample
topics: { orders: { message: Order }, done: { message: { fields: { id: string } } } }
types:
  Order: { fields: { id: string, total: number, note: string?, lane: fast | slow } }
`;
/** Eight lines; the steps of the saga follow. */
const SAGA = `flowctl: v1
tools: { pay: { http: { method: POST, url: "https://a.example.com" }, input: { fields: { n: integer } }, output: { fields: { id: string } }, idempotency: header } }
policies: { ever: { retry: { max: forever } } }
flow: a
input: { fields: { n: integer } }
steps:
  - saga: {}
    do:
`;
const errors = (text: string): readonly string[] =>
  compile({ entries: [{ path: "flow.yaml", text }], read: () => null }).diagnostics.flatMap(({ code, span, severity }) => (severity === "error" ? [`${code}@${text.slice(0, span.start).split("\n").length}`] : []));

describe("one cause, one error, through all phases", () => {
  it.each([
    ["a word of another tool for `input`", `${HEAD}inputs: Order\nsteps: [ { set: "\${input.total}" } ]\n`, ["FC2009@6"]],
    ["a word of another tool for `steps`", `${HEAD}input: Order\ntasks: [ { id: a, set: 1 } ]\nvalue: "\${steps.a}"\n`, ["FC2009@7"]],
    ["a word of another tool for `flow`", "flowctl: v1\nname: sample\ninput: string\nvalue: 1\n", ["FC2009@2"]],
    ["a word of another tool for `types`", "flowctl: v1\nflow: sample\nschemas: { Order: { fields: { id: string } } }\ninput: Order\nvalue: \"${input.id}\"\n", ["FC2009@3"]],
    ["agents that are a list", "flowctl: v1\nflow: sample\nagents:\n  - { name: w, model: openai/gpt-4o, instructions: Hi. }\ninput: string\nsteps: [ { agent: w } ]\n", ["FC2004@4"]],
    ["an unknown key for one that must be there", `${HEAD}input: Order\nsteps: [ { ask: { prompt: hello, output: Order } } ]\n`, ["FC2002@7"]],
    ["an ordering by another key", `${HEAD}on: { topic: orders, ordering: { key: msg.id } }\nsteps: [ { emit: done, with: { id: "\${input.id}" } } ]\n`, ["FC2002@6"]],
    ["`then` in a case", `${HEAD}input: Order\nsteps: [ { switch: [ { when: input.total > 1, then: [ { set: 1 } ] } ] } ]\n`, ["FC2009@7"]],
    ["an id that is no name", `${HEAD}input: Order\nsteps: [ { id: my step, set: 1 }, { set: "\${steps.my_step + steps.mystep}" } ]\n`, ["FC2008@7"]],
    ["a guard that did not shape", `${HEAD}input: Order\nsteps:\n  - { when: "!has(input.note)", fail: { code: none } }\n  - { set: "\${input.note}" }\n`, ["FC2003@8"]],
    ["a guard without its condition", `${HEAD}input: Order\nsteps:\n  - { fail: { code: none, message: none } }\n  - { set: "\${input.note}" }\n`, ["FC5001@9"]],
    ["a quote that is not closed in a flow map", `${HEAD}input: Order\nsteps:\n  - { id: a, set: { x: "\${input.id}, y: "\${input.total}" } }\nvalue: "\${steps.a.y}"\n`, ["FC1005@8"]],
    ["a flow in a document that YAML cannot read", "flowctl: v1\nflow: a\ninput: string\nsteps:\n  - { call: b, catch: [ { on: [odd], value: 1 } ] }\n---\nflowctl: v1\nflow: b\ninput: [string\nvalue: 1\n", ["FC1005@9"]],
    ["a code that a step which did not shape may raise", `${HEAD}input: Order\nsteps:\n  - { switch: [ { else: { do: [ { fail: { code: odd, massage: x } } ], catch: [ { on: [odd], value: 1 } ] } } ] }\n`, ["FC2002@8"]],
    ["a misspelt type, and sums of its fields", 'flowctl: v1\nflow: a\ntopics: { out: { message: { fields: { n: integer } } } }\ntypes: { Job: { fields: { n: integer } } }\ninput: Jbo\nsteps: [ { emit: out, with: { n: "${input.n + 1}" } } ]\n', ["FC3040@5"]],
    ["a hole that is not closed in a header", 'flowctl: v1\nflow: a\ntools:\n  t: { http: { method: GET, url: "https://a.example.com", headers: { authorization: "Bearer ${env:TOKEN" } }, input: { fields: { n: integer } } }\ninput: { fields: { n: integer } }\nsteps: [ { tool: t } ]\n', ["FC1101@4"]],
    ["a branch without `after`, and two that it reads", `${HEAD}input: Order\nsteps:\n  - { parallel: {}, branches: { a: [ { set: 1 } ], b: [ { set: 2 } ], c: { value: "\${branches.a + branches.b}" } } }\n`, ["FC3103@8"]],
    ["a flow that stands twice in a file", "flowctl: v1\nflow: a\ninput: string\nvalue: 1\n---\nflowctl: v1\nflow: { id: a, version: 1.0.0 }\ninput: string\nvalue: 2\n---\nflowctl: v1\nflow: a\ninput: string\nvalue: 3\n", ["FC3002@12"]],
    ["a pivot in a branch", 'flowctl: v1\nflow: a\ntools: { pay: { http: { method: POST, url: "https://a.example.com" }, input: { fields: { n: integer } }, idempotency: header } }\ninput: { fields: { n: integer } }\nsteps:\n  - saga: {}\n    do:\n      - parallel: {}\n        branches:\n          x: [ { tool: pay, pivot: true } ]\n          y: [ { set: 1 } ]\n', ["FC5062@10"]],
    ["a pivot of a saga in a branch", 'flowctl: v1\nflow: a\ntools: { pay: { http: { method: POST, url: "https://a.example.com" }, input: { fields: { n: integer } }, idempotency: header } }\ninput: { fields: { n: integer } }\nsteps:\n  - parallel: {}\n    branches:\n      x: [ { saga: {}, do: [ { tool: pay, pivot: true } ] } ]\n      y: [ { set: 1 } ]\n', ["FC5012@8"]],
    ["a name that is read twice", `${HEAD}input: Order\nvalue: "\${steps.gone + steps.gone}"\n`, ["FC3101@7"]],
    ["a misspelt `flowctl`", "flowclt: v1\nflow: a\ninput: string\nvalue: 1\n", ["FC2002@1"]],
    ["a tag where a type stands", `${HEAD}input: !Order\nvalue: 1\n`, ["FC1008@6"]],
    ["an expression that begins with a reserved sign", `${HEAD}input: Order\nsteps: [ { set: 1 } ]\nvalue: { a: 1 }\n---\nflowctl: v1\nflow: b\ninput: { fields: { n: integer } }\nsteps:\n  - when: @input.n > 1\n    set: 1\n  - { when: %input.n, set: 1 }\n`, ["FC1010@14", "FC1010@16"]],
    ["an expression that loses a hole to a comment", `${HEAD}input: Order\nsteps:\n  - when: input.total > 1   # was \${x}\n    set: 1\n`, ["FC1013@8"]],
    ["an expression that ends in a comment", `${HEAD}input: Order\nsteps:\n  - when: input.id == #1\n    set: 1\n`, ["FC1013@8"]],
    ["flows that call each other", "flowctl: v1\nflow: a\ninput: string\nsteps:\n  - { call: b }\n  - { call: b }\n---\nflowctl: v1\nflow: b\ninput: string\nsteps:\n  - { call: a }\n", ["FC5071@12"]],
    ["a misspelt tool that has a `compensate`", `${SAGA}      - { tool: pya, with: { n: 1 }, compensate: { tool: pay, with: { n: 1 } } }\n`, ["FC3001@9"]],
    ["a library that is not there, with the tools of a saga", `flowctl: v1\nflow: a\nuse: [./gone.yaml]\ninput: string\nsteps:\n  - saga: {}\n    do:\n      - { tool: pay, with: { n: 1 }, compensate: { tool: pay, with: { n: 1 } } }\n      - { tool: book, pivot: true }\n`, ["FC3004@3"]],
    ["a pivot that is none, and what stands behind it", `${SAGA}      - { tool: pay, with: { n: 1 }, pivot: yes }\n      - { tool: pay, with: { n: 1 }, policy: ever }\n`, ["FC2004@9"]],
    ["a pivot with a condition, read behind it", `${SAGA}      - { id: p, tool: pay, with: { n: 1 }, pivot: true, when: input.n > 1 }\n      - { set: "\${steps.p.id}" }\n`, ["FC5062@9"]],
    ["a misspelt code in a catch", `${SAGA}      - { tool: pay, with: { n: 1 }, pivot: true }\n    catch: [ { on: [compnsated], value: "\${error.code == 'compensated' ? error.cause.message : ''}" } ]\n`, ["FC3014@10"]],
    ["a status that is none", 'flowctl: v1\nflow: a\ntools: { t: { http: { method: GET, url: "https://a.example.com" }, errors: { gone: { status: [none] } } } }\ninput: string\nsteps: [ { tool: t, with: {}, catch: [ { on: [gone], do: [] } ] } ]\n', ["FC2004@3"]],
    ["a misspelt `has`", `${HEAD}input: Order\nsteps: [ { set: "\${hsa(input.note) ? input.note : 'none'}" } ]\n`, ["FC3102@7"]],
    ["a misspelt type behind a default", "flowctl: v1\nflow: a\ntables: { t: { value: Cuont } }\ntypes: { Count: { fields: { n: integer } } }\ninput: string\noutput: integer\nsteps: [ { id: old, get: t, key: a } ]\nvalue: \"${steps.?old.n.orValue(0) + 1}\"\n", ["FC3040@3"]],
    ["a default of another type, and what is made of it", `${HEAD}input: { fields: { names: "string[]" } }\nvalue: "\${sum(input.names.map(n, input.?names[0].orValue(0)))}"\n`, ["FC4103@7"]],
    ["a misspelt kind of step beside one of its keys", `${HEAD}input: Order\ntables: { t: { value: Order } }\nsteps:\n  - { id: old, get: t, key: a }\n  - ptu: t\n    key: a\n    with: "\${input}"\n    if: "\${steps.?old}"\n`, ["FC2002@10"]],
    ["a depth that is none", "flowctl: v1\nflow: a\nlimits: { depth: five }\non: { manual: {} }\ninput: string\noutput: string\nsteps:\n  - { call: a }\nvalue: x\n", ["FC2004@3"]],
    ["a time limit that is none, and what happens then", `${HEAD}input: Order\nsteps: [ { ask: { question: "Go?", output: Order, timeout: 0s, on_timeout: "\${input}" } } ]\n`, ["FC2011@7"]],
    ["a join that is none, and what it gives", `${HEAD}input: Order\nsteps: [ { id: m, map: { over: "[1, 2]", join: 0 }, value: 1 } ]\nvalue: "\${steps.m.all}"\n`, ["FC2010@7"]],
    ["a pass that does not make what the loop begins with, and who reads it", `${HEAD}input: Order\noutput: number\nsteps: [ { id: l, loop: { init: none, max: 2 }, value: 1 } ]\nvalue: "\${steps.l}"\n`, ["FC4001@8"]],
    ["an `${end}` of a prompt with a letter wrong", `${HEAD}input: { fields: { names: "string[]" } }\nsteps: [ { ask: { question: "\${for n in input.names}\${n}\${edn}", output: string } } ]\n`, ["FC1109@7"]],
    ["a `for` of a prompt with a letter wrong", `${HEAD}input: { fields: { names: "string[]" } }\nsteps: [ { ask: { question: "\${fro n in input.names}\${n}\${end}", output: string } } ]\n`, ["FC1109@7"]],
    ["an id that is a list, and who reads the step", `${HEAD}input: Order\nsteps: [ { id: [a], set: 1 }, { set: "\${steps.a + 1}" } ]\n`, ["FC2004@7"]],
    ...["required: id", "properties: [{ id: { type: string } }]"].map((wrong): [string, string, string[]] => [
      `a schema with \`${wrong}\`, and who reads its values`,
      `flowctl: v1\nflow: a\ntypes: { Ref: { type: object, ${wrong}${wrong.startsWith("required") ? ", properties: { id: { type: string } }" : ", required: [id]"} } }\ninput: Ref\noutput: { fields: { id: string } }\nvalue: { id: "\${input.id}" }\n`,
      ["FC4153@3"],
    ]),
    ["an enum that is none, and who reads its values", "flowctl: v1\nflow: a\ntypes: { Lane: { enum: fast } }\ninput: Lane\noutput: { enum: [fast, slow] }\nvalue: \"${input}\"\n", ["FC4153@3"]],
    ["policies that extend each other", "flowctl: v1\nflow: a\npolicies:\n  x: { extends: y }\n  y: { extends: x }\ninput: string\nvalue: 1\n", ["FC3011@4"]],
    ["a case that does not fit what the loop needs", `${HEAD}input: Order
steps:
  - loop: { type: Order, init: "\${input}", max: 3 }
    do:
      - switch:
          - { when: state.lane == 'fast', value: "\${state}" }
          - { when: state.lane == 'slow', value: { id: x, total: 1, lane: fasst } }
`, ["FC4001@12"]],
    ["a step at the end of a case that does not fit", `${HEAD}input: Order
output: number
steps:
  - switch:
      - when: input.total > 1
        do: [ { set: 1 } ]
      - else:
          - { set: one }
`, ["FC4001@13"]],
  ])("%s", (_what, text, at) => {
    expect(errors(text)).toEqual(at);
  });

  it("shows the whole value that lost its end to a comment, and quotes it", () => {
    const text = `${HEAD}input: Order\nsteps:\n  - when: input.id == 'a' || input.id ==  #1\n    set: 1\n`;
    const [only] = compile({ entries: [{ path: "flow.yaml", text }], read: () => null }).diagnostics;
    expect(only?.code).toBe("FC1013");
    expect(only?.fix?.text).toBe("\"input.id == 'a' || input.id ==  #1\"");
    expect(text.slice(only?.fix?.span.start, only?.fix?.span.end)).toBe("input.id == 'a' || input.id ==  #1");
  });

  it("does not hold a comment against an expression that is whole", () => {
    expect(errors(`${HEAD}input: Order\nsteps:\n  - when: input.total > 1 # large\n    set: 1\n`)).toEqual([]);
  });

  it("takes a misspelt name in `required` for one, and no other", () => {
    const typed = (required: string): readonly string[] => errors(`flowctl: v1\nflow: a\ninput:\n  type: object\n  required: [${required}]\n  properties: { total: { type: number }, id: { type: string } }\nvalue: 1\n`);
    expect(typed("totl")).toEqual(["FC4157@5"]);
    expect(typed("total, id")).toEqual([]);
    expect(typed("id, currency")).toEqual([]);
  });
});
