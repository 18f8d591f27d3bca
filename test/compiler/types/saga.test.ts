import { describe, expect, it } from "vitest";
import { loadFlows } from "../../support/runtime.js";
import type { StepPlan } from "../../../src/core/plan/step.js";
import { compile } from "../../../src/compiler/compile.js";

const ID = "{ fields: { id: string } }";
const text = (steps: string, more = ""): string => `flowctl: v1
flow: f
input: { fields: { id: string, n: number, ids: "string[]" } }
tools:
  pay: { http: { method: POST, url: "https://api.example/pay" }, input: ${ID}, output: { fields: { id: string, fee: number } }, idempotency: header }
  refund: { http: { method: POST, url: "https://api.example/refund" }, input: ${ID}, output: ${ID}, idempotency: header }
  mute: { http: { method: POST, url: "https://api.example/mute" }, input: ${ID}, idempotency: header${more} }
  told: { http: { method: GET, url: "https://api.example/told" }, input: { fields: { key: string } }, output: { fields: { happened: boolean } } }
steps:
${steps
  .trim()
  .split("\n")
  .map((line) => `  ${line}`)
  .join("\n")}
`;
const problems = (steps: string, more?: string): readonly string[] =>
  compile({ entries: [{ path: "f.yaml", text: text(steps, more) }], read: () => null }).diagnostics.filter(({ code, severity }) => severity === "error" || code === "FC5065").map(({ code, message }) => `${code} ${message}`);
const undone = (compensate: string): string => `- { id: before, set: { a: 1 } }
- saga: {}
  do:
    - map: { over: input.ids, as: one, rest: finish }
      do: [ { id: a, tool: pay, with: { id: "\${one}" }, compensate: ${compensate} } ]`;

describe("what a compensate sees", () => {
  it("is what was recorded: an element that is a time is text", () => {
    const over = (read: string): string => `- saga: {}
  do:
    - map: { over: "[run.now]", as: at, rest: finish }
      do: [ { id: a, tool: pay, with: { id: "\${string(at.getHours())}" }, compensate: { tool: refund, with: { id: "\${${read}}" } } } ]`;
    expect(problems(over("string(at.getHours())"))).toMatchObject([expect.stringContaining("FC4106")]);
    expect(problems(over("at.trim()"))).toEqual([]);
  });

  it("is the scope of its step, with `output`, `error` and `key`", () => {
    expect(problems(undone('{ tool: refund, with: { id: "${one + output.id + key + error.message + string(index + steps.before.a + output.fee) + input.id}" } }'))).toEqual([]);
  });

  it("is recorded: of each variable what is read", () => {
    const [flow] = loadFlows(text(undone('{ do: [ { id: sum, set: "${input.n + index}" }, { when: "steps.sum > 1 && has(error.cause)", tool: refund, with: { id: "${one + string(steps.before.a)}" } } ] }')));
    const saga: StepPlan | undefined = flow?.plan.body.steps[1];
    const map = saga?.kind === "saga" ? saga.block.steps[0] : undefined;
    const step = map?.kind === "map" ? map.block.steps[0] : undefined;
    expect(step?.kind === "tool" ? step.compensate : undefined).toMatchObject({ id: "saga1/map1/a", reads: [["input", "n"], ["index"], ["one"], ["steps", "before"]] });
  });

  it.each([
    ["itself by its id", '{ tool: refund, with: { id: "${steps.a.id}" } }', /^FC3\d+ .*its output is `output` here/],
    ["a field that the output does not have", '{ tool: refund, with: { id: "${output.ids}" } }', /^FC3\d+ .*`ids`/],
    ["an input that does not fit", '{ tool: refund, with: { id: "${output.fee}" } }', /^FC4001/],
    ["a cause that may be absent", '{ tool: refund, with: { id: "${error.cause.message}" } }', /^FC4\d+/],
  ])("is no %s", (_what, compensate, expected) => {
    expect(problems(undone(compensate))).toEqual([expect.stringMatching(expected)]);
  });

  it("is nothing that others can read", () => {
    expect(problems(`${undone('{ do: [ { id: inner, tool: refund, with: { id: "${output.id}" } } ] }')}\n- { set: "\${steps.inner.id}" }`)).toEqual([expect.stringMatching(/^FC3\d+ .*`compensate` of `a`/)]);
  });

  it("of a tool without an output is not `output`", () => {
    expect(problems('- saga: {}\n  do: [ { tool: mute, with: { id: "x" }, compensate: { tool: refund, with: { id: "${output.id}" } } } ]')).toEqual([expect.stringMatching(/^FC3\d+ .*declares no `output`/)]);
    expect(problems('- saga: {}\n  do: [ { tool: mute, with: { id: "x" }, compensate: { tool: refund, with: { id: "${key}" } } } ]')).toEqual([]);
  });

  it("at a tool is the call's input, output and key", () => {
    expect(problems('- saga: {}\n  do: [ { tool: mute, with: { id: "x" } } ]', ', compensate: { tool: refund, with: { id: "${input.id + key}" } }')).toEqual([]);
    expect(problems('- saga: {}\n  do: [ { tool: mute, with: { id: "x" } } ]', ', compensate: { tool: refund, with: { id: "${steps.a.id}" } }')).toEqual([expect.stringMatching(/^FC3/)]);
  });
});

describe("a saga", () => {
  it("raises `compensated`, whose cause is there, and nothing of what fails inside", () => {
    const saga = (clause: string): string => `- id: s\n  saga: {}\n  do: [ { tool: pay, with: { id: x }, pivot: true } ]\n  catch: [ ${clause} ]`;
    expect(problems(saga('{ on: [compensated], value: { id: "${error.cause.message}", fee: 0 } }'))).toEqual([]);
    expect(problems(saga("{ on: [refused], value: 1 }"))).toEqual([expect.stringMatching(/^FC3014 .*`timeout`, `expr`, `limit`, `compensated`/)]);
  });

  it("gives its value, and hides its steps", () => {
    expect(problems('- { id: s, saga: {}, do: [ { id: a, tool: pay, with: { id: x }, pivot: true } ], value: "${steps.a.fee}" }\n- { set: "${steps.s + 1}" }')).toEqual([]);
    expect(problems('- { id: s, saga: {}, do: [ { id: a, tool: pay, with: { id: x }, pivot: true } ] }\n- { set: "${steps.a.fee}" }')).toEqual([expect.stringMatching(/^FC3\d+ .*inside `s`/)]);
  });

  it("that verifies needs the output of what it undoes", () => {
    const verified = (step: string, saga = ""): readonly string[] =>
      problems(`- saga: {${saga}}\n  do: [ { tool: checked, with: { id: x }${step}, compensate: { tool: refund, with: { id: "\${output.id}" } } } ]`, ` }\n  checked: { http: { method: POST, url: "https://api.example/c" }, input: ${ID}, output: ${ID}, verify: { tool: told, with: { key: "\${key}" } }`);
    expect(verified(", on_unknown: verify")).toEqual([expect.stringMatching(/^FC4012 .*undone from its output/)]);
    expect(verified("", " on_unknown: verify ")).toEqual([expect.stringMatching(/^FC4012/)]);
    expect(verified("")).toEqual([]);
  });
});
