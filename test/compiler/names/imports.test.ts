import { describe, expect, it } from "vitest";
import { checkText, errorsOf } from "../types/check-text.js";

const AGENTS = `flowctl: v1
types: { Text: { fields: { text: string } } }
models: { fast: { provider: openai, model: gpt-4o-mini } }
agents: { writer: { model: fast, instructions: "Write. \${input.text}", input: Text, output: Text } }
`;
const flow = (use: string, rest: string, input = "Text"): string => `flowctl: v1\nflow: sample\nuse: ${use}\ninput: ${input}\n${rest}`;

describe("use as a list", () => {
  it("merges the names of a library", () => {
    expect(errorsOf(flow("[./a.yaml]", "steps: [ { agent: writer } ]"), { "a.yaml": AGENTS })).toEqual([]);
  });

  it("resolves a library's names in the importing file", () => {
    const library = `flowctl: v1\nagents: { writer: { model: own, instructions: Write., input: Text } }\n`;
    const text = flow("[./a.yaml]", "types: { Text: { fields: { text: string } } }\nmodels: { own: { provider: openai, model: gpt-4o } }\nsteps: [ { agent: writer } ]");
    expect(errorsOf(text, { "a.yaml": library })).toEqual([]);
  });

  it("says both places of a name that is declared twice", () => {
    const { errors } = checkText(flow("[./a.yaml]", "types: { Text: { fields: { body: string } } }\nsteps: [ { set: 1 } ]"), { "a.yaml": AGENTS });
    expect(errors.map(({ at }) => at)).toEqual(["FC3002@5"]);
    expect(errors[0]?.message).toContain("`a.yaml`");
  });

  it("says at the second entry that two libraries clash", () => {
    expect(errorsOf(flow("[./a.yaml, ./b.yaml]", "steps: [ { agent: writer } ]"), { "a.yaml": AGENTS, "b.yaml": `flowctl: v1\ntypes: { Text: string }\n` })).toEqual(["FC3002@3"]);
  });

  it("takes a library once that comes by two ways", () => {
    const files = { "a.yaml": AGENTS, "b.yaml": "flowctl: v1\nuse: [./a.yaml]\n", "c.yaml": "flowctl: v1\nuse: [./a.yaml]\n" };
    expect(errorsOf(flow("[./b.yaml, ./c.yaml]", "steps: [ { agent: writer } ]"), files)).toEqual([]);
  });

  it("finds paths beside the file that names them", () => {
    const files = { "lib/a.yaml": "flowctl: v1\nuse: [../more/b.yaml]\n", "more/b.yaml": AGENTS };
    expect(errorsOf(flow("[./lib/a.yaml]", "steps: [ { agent: writer } ]"), files)).toEqual([]);
  });
});

describe("use as a map", () => {
  it("prefixes names, and the library's own resolve inside it", () => {
    expect(errorsOf(flow("{ lib: ./a.yaml }", "steps: [ { agent: lib.writer } ]", "lib.Text"), { "a.yaml": AGENTS })).toEqual([]);
  });

  it("does not let the plain name through, and says what was meant", () => {
    const { errors } = checkText(flow("{ lib: ./a.yaml }", "steps: [ { agent: writer } ]", "lib.Text"), { "a.yaml": AGENTS });
    expect(errors.map(({ at }) => at)).toEqual(["FC3001@5"]);
    expect(errors[0]?.hint).toContain("lib.writer");
  });

  it("nests", () => {
    const files = { "a.yaml": "flowctl: v1\nuse: { deep: ./b.yaml }\n", "b.yaml": AGENTS };
    expect(errorsOf(flow("{ lib: ./a.yaml }", "steps: [ { agent: lib.deep.writer } ]", "lib.deep.Text"), files)).toEqual([]);
  });

  it("keeps equal names of two libraries apart", () => {
    const other = AGENTS.replace("text: string", "body: string").replace("input.text", "input.body");
    const text = flow("{ a: ./a.yaml, b: ./b.yaml }", 'steps:\n  - { id: x, agent: a.writer }\n  - { agent: b.writer, with: { body: "${steps.x.text}" } }', "a.Text");
    expect(errorsOf(text, { "a.yaml": AGENTS, "b.yaml": other })).toEqual([]);
  });
});

describe("imports that fail", () => {
  it("misses a file at its entry, and nothing else", () => {
    const { errors } = checkText(flow("[./a.yml]", "steps: [ { agent: writer } ]"), { "a.yaml": AGENTS });
    expect(errors.map(({ at }) => at)).toEqual(["FC3004@3"]);
    expect(errors[0]?.text).toBe("./a.yml");
  });

  it("names a circle", () => {
    const { errors } = checkText(flow("[./a.yaml]", "steps: [ { set: 1 } ]", "string"), { "a.yaml": "flowctl: v1\nuse: [./b.yaml]\n", "b.yaml": "flowctl: v1\nuse: [./a.yaml]\n" });
    expect(errors.map(({ at }) => at)).toEqual(["FC3005@b.yaml:2"]);
    expect(errors[0]?.message).toContain("`a.yaml` → `b.yaml` → `a.yaml`");
  });

  it("refuses a flow", () => {
    expect(errorsOf(flow("[./a.yaml]", "steps: [ { set: 1 } ]", "string"), { "a.yaml": "flowctl: v1\nflow: other\ninput: string\nsteps: [ { set: 1 } ]\n" })).toEqual(["FC3006@3"]);
  });

  it("gives no followers for a library that has errors of its own", () => {
    const broken = AGENTS.replace("instructions:", "instrucsions:");
    const { errors } = checkText(flow("[./a.yaml]", "steps: [ { agent: writer } ]"), { "a.yaml": broken });
    expect(errors.map(({ at }) => at.replace(/@.*/, ""))).toEqual(["FC2002"]);
  });

  it("reports what is wrong inside a library at its place, once", () => {
    const wrong = AGENTS.replace("model: fast", "model: fats");
    const { errors } = checkText(flow("[./a.yaml]", "steps: [ { agent: writer }, { agent: writer } ]"), { "a.yaml": wrong });
    expect(errors.map(({ at }) => at)).toEqual(["FC3001@a.yaml:4"]);
    expect(errors[0]?.hint).toBe("did you mean `fast`?");
  });
});
