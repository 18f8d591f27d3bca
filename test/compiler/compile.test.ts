import { describe, expect, it } from "vitest";
import { compile } from "../../src/compiler/compile.js";

const files = (texts: Readonly<Record<string, string>>) => (path: string) => texts[path] ?? null;
const flow = (id: string, steps: string) => `flowctl: v1\nflow: ${id}\non: { manual: {} }\ninput: { fields: { n: number } }\nsteps: ${steps}\n`;

describe("compile", () => {
  it("finds all problems of all files in one run, by file and place", () => {
    const { diagnostics, flows } = compile({
      entries: ["b.yaml", "a.yaml"],
      read: files({
        "a.yaml": flow("a", '[ { set: "${input.m}" } ]'),
        "b.yaml": `${flow("b", '[ { set: "${input.k}" }, { agent: nobody } ]')}---\n${flow("c", '[ { when: "false", set: 1 } ]')}---\n${flow("d", "[ { set: 1 } ]")}`,
      }),
    });
    expect(diagnostics.map(({ span, code }) => [span.file, code.slice(0, 3)])).toEqual([["b.yaml", "FC3"], ["b.yaml", "FC3"], ["b.yaml", "FC5"], ["a.yaml", "FC3"]]);
    const starts = diagnostics.filter(({ span }) => span.file === "b.yaml").map(({ span }) => span.start);
    expect(starts).toEqual(starts.toSorted((x, y) => x - y));
    expect(flows.map(({ id, plan }) => [id, plan !== null])).toEqual([["b", false], ["c", false], ["d", true], ["a", false]]);
  });

  it("says once what two flows share", () => {
    const { diagnostics } = compile({
      entries: ["a.yaml", "b.yaml"],
      read: files({
        "lib.yaml": "flowctl: v1\ntypes: { T: { $ref: '#/types/Gone' } }\n",
        "a.yaml": "flowctl: v1\nflow: a\nuse: [lib.yaml]\ninput: T\nsteps: [ { set: 1 } ]\n",
        "b.yaml": "flowctl: v1\nflow: b\nuse: [lib.yaml]\ninput: T\nsteps: [ { set: 1 } ]\n",
      }),
    });
    expect(diagnostics.filter(({ span }) => span.file === "lib.yaml")).toHaveLength(1);
  });

  it("takes one flow of a file, and a text that stands in no file", () => {
    const text = `${flow("one", "[ { set: 1 } ]")}---\n${flow("two", "[ { set: 2 } ]")}`;
    expect(compile({ entries: ["a.yaml#two"], read: files({ "a.yaml": text }) }).flows.map(({ id }) => id)).toEqual(["two"]);
    const { flows, sources } = compile({ entries: [{ path: "<stdin>", text }], read: () => null });
    expect(flows.map(({ id, file }) => [id, file])).toEqual([["one", "<stdin>"], ["two", "<stdin>"]]);
    expect(sources.get("<stdin>")).toBe(text);
  });

  it("reports a file that is not there at the file", () => {
    const { diagnostics } = compile({ entries: ["gone.yaml"], read: () => null });
    expect(diagnostics).toMatchObject([{ severity: "error", span: { file: "gone.yaml", start: 0 } }]);
  });

  it("makes FC9000 of a fault of its own, and never throws", () => {
    const { diagnostics, flows } = compile({
      entries: ["a.yaml"],
      read: () => {
        throw new TypeError("x is not a function");
      },
    });
    expect(flows).toEqual([]);
    expect(diagnostics).toMatchObject([{ code: "FC9000", severity: "error", message: expect.stringContaining("x is not a function") }]);
  });

  it("gives the same hash for the same text, another for another", () => {
    const hash = (text: string) => compile({ entries: [{ path: "a.yaml", text }], read: () => null }).flows[0]?.plan?.hash;
    expect(hash(flow("a", "[ { set: 1 } ]"))).toBe(hash(flow("a", "[ { set: 1 } ]").replace("on:", "# a comment\non:")));
    expect(hash(flow("a", "[ { set: 1 } ]"))).not.toBe(hash(flow("a", "[ { set: 2 } ]")));
  });
});
