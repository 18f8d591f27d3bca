import { describe, expect, it } from "vitest";
import { formatText } from "../../../src/cli/format/text.js";
import { compile } from "../../../src/compiler/compile.js";

const HEAD = "flowctl: v1\nflow: sample\n";

function found(text: string, files: Readonly<Record<string, string>> = {}): { readonly errors: readonly string[]; readonly codes: readonly string[]; readonly ms: number } {
  const began = performance.now();
  const { diagnostics, sources } = compile({ entries: [{ path: "flow.yaml", text }], read: (path) => (path === "flow.yaml" ? text : Object.hasOwn(files, path) ? (files[path] ?? null) : null) });
  formatText(diagnostics, sources);
  const ms = performance.now() - began;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code }) => code)).not.toContain("FC9000");
  const line = (file: string, start: number): number => (sources.get(file) ?? "").slice(0, start).split("\n").length;
  return { errors: errors.map(({ code, span, message }) => `${code} ${span.file}:${line(span.file, span.start)} ${message}`), codes: [...new Set(errors.map(({ code }) => code))], ms };
}

describe("bad input", () => {
  it("more than a megabyte of steps", () => {
    const steps = Array.from({ length: 30_000 }, (_, at) => `  - { id: s${at}, set: { text: "some more text" } }`).join("\n");
    const text = `${HEAD}input: string\nsteps:\n${steps}\n`;
    expect(text.length).toBeGreaterThan(1_000_000);
    const { codes, errors } = found(text);
    expect(codes).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it("one scalar of two megabytes", () => {
    found(`${HEAD}input: string\nsteps:\n  - set: ${"x".repeat(2_000_000)}\n`);
    found(`${HEAD}input: string\nsteps:\n  - { when: "${"a + ".repeat(400_000)}1", set: 1 }\n`);
    found("[".repeat(1_000_000));
    found("a: ".repeat(300_000));
  });

  it("200 errors in one file, each once, in order", () => {
    const steps = Array.from({ length: 200 }, (_, at) => `  - { id: s${at}, set: "\${input.no${at}}" }`).join("\n");
    const { errors } = found(`${HEAD}input: { fields: { yes: string } }\nsteps:\n${steps}\n`);
    expect(errors).toHaveLength(200);
    errors.forEach((error, at) => {
      expect(error).toMatch(new RegExp(`^FC\\d{4} flow.yaml:${at + 5} .*no${at}\``));
    });
  });

  it("200 errors of many kinds", () => {
    const kinds = ["{ id: I, sett: 1 }", "{ id: I, set: \"${input.}\" }", "{ id: I, agent: nobody }", "{ id: I, when: input, set: 1 }", "{ id: I, emit: nowhere, with: 1 }"];
    const steps = Array.from({ length: 200 }, (_, at) => `  - ${(kinds[at % kinds.length] ?? "").replace("I", `s${at}`)}`).join("\n");
    const { errors } = found(`${HEAD}input: string\nsteps:\n${steps}\n`);
    expect(errors).toHaveLength(200);
    expect(new Set(errors.map((error) => error.split(" ")[1])).size).toBe(200);
  });

  it("aliases and merge keys, a bomb of them too", () => {
    expect(found(`${HEAD}input: string\nsteps:\n  - &a { set: 1 }\n  - *a\n`).codes).toEqual([expect.stringMatching(/^FC1/)]);
    const bomb = Array.from({ length: 20 }, (_, at) => `a${at}: &a${at} [${at === 0 ? "x" : Array.from({ length: 10 }, () => `*a${at - 1}`).join(", ")}]`).join("\n");
    const { ms } = found(`${HEAD}${bomb}\n`);
    expect(ms).toBeLessThan(5_000);
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("the key `%s` everywhere", (name) => {
    const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
    expect(found(`${HEAD}input: string\n${name}: { polluted: true }\nsteps:\n  - { set: 1 }\n`).errors).toHaveLength(1);
    found(`${HEAD}input: { fields: { ${name}: string } }\nsteps:\n  - { id: a, set: { ${name}: { polluted: true } } }\n  - { set: "\${input.${name} + steps.a.${name}}" }\n`);
    found(`${HEAD}types: { ${name}: { fields: { a: string } } }\ntopics: { ${name}: {} }\ntools: { ${name}: { expr: "1" } }\ninput: ${name}\nsteps:\n  - { id: ${name}, emit: ${name}, with: 1 }\n  - { tool: ${name} }\n  - { agent: ${name} }\n  - { set: "\${steps.${name}}" }\n`);
    found(`${HEAD}input: { fields: { a: string } }\nsteps:\n  - { set: "\${input.${name}}" }\n  - { set: "\${${name}(1)}" }\n  - { set: "\${${name}}" }\n  - { call: ${name} }\n  - { policy: ${name}, set: 1 }\n`);
    expect({}).not.toHaveProperty("polluted");
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
  });

  it("libraries, types, agents and flows that lead back to themselves", () => {
    const lib = (next: string): string => `flowctl: v1\nuse: [./${next}.yaml]\ntypes: { T${next}: string }\n`;
    const { errors } = found(`${HEAD}use: [./a.yaml]\ninput: string\nsteps: [ { set: 1 } ]\n`, { "a.yaml": lib("b"), "b.yaml": lib("c"), "c.yaml": lib("a") });
    expect(errors).toHaveLength(1);
    expect(found(`${HEAD}use: [./flow.yaml]\ninput: string\nsteps: [ { set: 1 } ]\n`).errors).toHaveLength(1);
    expect(found(`${HEAD}types: { A: B, B: C, C: A }\ninput: A\nsteps: [ { set: 1 } ]\n`).errors.length).toBeGreaterThan(0);
    expect(found(`${HEAD}agents: { a: { extends: b }, b: { extends: a } }\ninput: string\nsteps: [ { agent: a } ]\n`).errors.length).toBeGreaterThan(0);
    expect(found(`${HEAD}input: string\nsteps: [ { call: sample } ]\n`).errors).toHaveLength(1);
  });

  it("a prompt file that is not there", () => {
    const { errors } = found(`${HEAD}input: string\nmodels: { m: { provider: scripted, model: m } }\nagents: { a: { model: m, instructions: { file: prompts/none.md }, input: string } }\nsteps: [ { agent: a } ]\n`);
    expect(errors).toEqual([expect.stringMatching(/^FC\d{4} flow.yaml:5 .*prompts\/none\.md/)]);
  });

  it.each(["(a+)+$", "(a|a)*b", "(.*)*x", "(?:a{1,1000}){1,1000}", "(?=a)", "\\\\1(a)", "["])("a pattern like %s costs no time", (pattern) => {
    const quoted = JSON.stringify(pattern);
    const { ms } = found(`${HEAD}input: { type: string, pattern: ${quoted} }\nsteps:\n  - { when: ${JSON.stringify(`input.matches('${pattern}')`)}, set: 1 }\n  - { set: ${JSON.stringify(`\${'${"a".repeat(50)}!'.matches('${pattern}')}`)} }\n`);
    expect(ms).toBeLessThan(5_000);
  });

  it("deep nesting", () => {
    const deep = (open: string, shut: string, times: number): string => open.repeat(times) + shut.repeat(times);
    for (const times of [30, 100, 3000]) {
      found(`${HEAD}input: string\nsteps:\n  - { set: ${deep("[", "]", times)} }\n`);
      found(`${HEAD}input: string\nsteps:\n  - { set: ${deep("{ a: ", "}", times)} }\n`);
      found(`${HEAD}input: ${deep("{ type: array, items: ", "}", times)}\nsteps: [ { set: 1 } ]\n`);
      found(`${HEAD}input: string${"[]".repeat(times)}\nsteps: [ { set: 1 } ]\n`);
      found(`${HEAD}input: string\nsteps:\n  - { set: "\${${"(".repeat(times)}1${")".repeat(times)}}" }\n`);
      found(`${HEAD}input: string\nsteps:\n  - { when: "${"!".repeat(times)}true", set: 1 }\n`);
      found(`${HEAD}input: string\nsteps:\n  - { when: "${"[".repeat(times)}1${"]".repeat(times)} == 1", set: 1 }\n`);
      found(`${HEAD}input: string\nsteps:\n  - { set: "\${input${".a".repeat(times)}}" }\n`);
      found(`${HEAD}input: string\nsteps: ${"[ { id: a, switch: [ { when: \"true\", do: ".repeat(times)}[]${" } ] } ]".repeat(times)}\n`);
    }
  });

  it("long chains of types, libraries and conditions", () => {
    const chain = Array.from({ length: 3000 }, (_, at) => `  T${at}: ${at === 0 ? "string" : `"T${at - 1}[]"`}`).join("\n");
    expect(found(`${HEAD}types:\n${chain}\ninput: T2999\nsteps: [ { set: "\${input}" } ]\n`).codes).toEqual(["FC1002"]);
    const inherits = Array.from({ length: 1000 }, (_, at) => `  p${at}: { ${at === 0 ? "timeout: 1s" : `extends: p${at - 1}`} }`).join("\n");
    found(`${HEAD}policies:\n${inherits}\ninput: string\nsteps: [ { policy: p999, set: 1 } ]\n`);
    const libraries = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`l${at}.yaml`, `flowctl: v1\nuse: [./l${at + 1}.yaml]\n`]));
    found(`${HEAD}use: [./l0.yaml]\ninput: string\nsteps: [ { set: 1 } ]\n`, libraries);
    const after = Array.from({ length: 300 }, (_, at) => `      b${at}: { ${at === 0 ? "" : `after: [b${at - 1}], `}value: 1 }`).join("\n");
    found(`${HEAD}input: string\nsteps:\n  - parallel: { join: all }\n    branches:\n${after}\n`);
    const calls = Array.from({ length: 100 }, (_, at) => `flowctl: v1\nflow: f${at}\ninput: string\nsteps: [ ${at === 99 ? "{ set: 1 }" : `{ call: f${at + 1} }`} ]\n`).join("---\n");
    found(calls);
  });

  it("libraries behind prefixes that hold each other twice", () => {
    const libraries = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`l${at}.yaml`, at === 29 ? "flowctl: v1\ntypes: { T: string }\n" : `flowctl: v1\nuse: { a: ./l${at + 1}.yaml, b: ./l${at + 1}.yaml }\n`]));
    const { errors } = found(`${HEAD}use: { lib: ./l0.yaml }\ninput: string\nsteps: [ { set: 1 } ]\n`, libraries);
    expect(errors).toEqual([expect.stringMatching(/^FC1002 .*More than 1,000 libraries/)]);
    expect(found(`${HEAD}use: { lib: ./l21.yaml }\ninput: lib.a.a.b.b.a.a.b.b.T\nsteps: [ { set: 1 } ]\n`, libraries).errors).toEqual([]);
  });

  it("flows that call each other twice", () => {
    const chain = (length: number): string => Array.from({ length }, (_, at) => `flowctl: v1\nflow: f${at}\ninput: string\nsteps: [ ${at === length - 1 ? "{ set: 1 }" : `{ call: f${at + 1} }, { call: f${at + 1} }`} ]\n`).join("---\n");
    expect(found(chain(10)).errors).toEqual([]);
    expect(found(chain(20)).codes).toEqual(["FC1002"]);
  });

  it("flows that all call each other", () => {
    const flows = Array.from({ length: 7 }, (_, at) => `flowctl: v1\nflow: f${at}\nlimits: { depth: 3 }\ninput: integer\noutput: integer\nsteps:\n${Array.from({ length: 7 }, (__, to) => `  - { when: "input > ${to}", call: f${to}, with: "\${input - 1}" }\n`).join("")}value: 1\n`).join("---\n");
    expect(found(flows).errors).toEqual([]);
  });

  it("more branches than anybody writes", () => {
    const branches = (many: number): string => Array.from({ length: many }, (_, at) => `      b${at}: { ${at === 0 ? "" : `after: [b${at - 1}], `}value: 1 }\n`).join("");
    expect(found(`${HEAD}input: string\nsteps:\n  - parallel: {}\n    branches:\n${branches(1001)}`).errors).toEqual([expect.stringMatching(/^FC1002 flow.yaml:7 .*more than 1,000 branches/)]);
    expect(found(`${HEAD}input: string\nsteps:\n  - parallel: {}\n    branches:\n${branches(20)}`).errors).toEqual([]);
  });

  it("a value that holds the one before it twice, forty times over", () => {
    const steps = Array.from({ length: 40 }, (_, at) => `  - { id: s${at + 1}, set: { a: "\${steps.s${at}}", b: "\${steps.s${at}}" } }\n`).join("");
    const flow = `${HEAD}input: string\nsteps:\n  - { id: s0, set: { a: 1, b: "\${run.now}" } }\n${steps}`;
    expect(found(`${flow}  - { loop: { init: "\${steps.s40}", max: 2, on_max: stop }, value: "\${state}" }\n`).errors).toEqual([]);
  });

  it.each(["", "\n", "---", "null", "[]", "1", "\u0000", "\ufeff", "flowctl", "flowctl: v2\nflow: a", "%YAML 1.1\n---\na", "{", "}", "\t", "- - -", "? a", "flowctl: v1\nflow: a\nsteps: []\n---\n", "a: b: c"])("%j", (text) => {
    expect(found(text).errors.length).toBeGreaterThan(0);
  });
});
