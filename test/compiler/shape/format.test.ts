import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { formatFlow as formatSource } from "../../../src/compiler/shape/format.js";
import { flow } from "./shape-text.js";

const formatFlow = (text: string): string => formatSource({ path: "flow.yaml", text }).text;
const data = (text: string): unknown[] => {
  const documents = parseAllDocuments(text);
  return Array.isArray(documents) ? documents.map((document) => document.toJS()) : [];
};
const comments = (text: string): readonly string[] => [...text.matchAll(/# c\d+/g)].map(([comment]) => comment).sort();

describe("fmt", () => {
  it("puts keys in their usual order", () => {
    expect(formatFlow("steps:\n  - { with: 1, agent: a, id: x }\nflow: a\nflowctl: v1\n")).toBe("flowctl: v1\nflow: a\nsteps:\n  - { id: x, agent: a, with: 1 }\n");
  });
  it("breaks lines as the file does", () => {
    const lines = (text: string): string => text.replaceAll("\n", "\r\n");
    expect(formatFlow(lines("# c1\nflow: a\n# c2\nflowctl: v1\nsteps:\n  - with: 1 # c3\n    id: x\n    agent: a\n"))).toBe(lines("# c1\n# c2\nflowctl: v1\nflow: a\nsteps:\n  - id: x\n    agent: a\n    with: 1 # c3\n"));
  });
  it("leaves names of the author in their order", () => {
    const text = flow("types: { B: string, A: string }\nsteps: [ { set: { b: 1, a: 2 } } ]");
    expect(formatFlow(text)).toBe(text);
  });
  it.each([
    ['when: "${x > 1}"', 'when: "x > 1"'],
    ["when: '${ x }'", "when: 'x'"],
    ["when: ${x.y}", "when: x.y"],
    ["when: ${!x}", 'when: "!x"'],
    ['when: "${a} > ${b}"', 'when: "${a} > ${b}"'],
    ["when: x", "when: x"],
  ])("%s becomes %s", (before, after) => {
    expect(formatFlow(flow(`steps:\n  - ${before}\n    set: "\${x}"`))).toBe(flow(`steps:\n  - ${after}\n    set: "\${x}"`));
  });
  it("comments go along with what they stand at", () => {
    const text = "# head\n\nflow: a # name\n# about the version\nflowctl: v1\nsteps:\n  # first\n  - set: 1 # one\n    # why\n    id: x # the id\n# tail\n";
    expect(formatFlow(text)).toBe("# head\n\n# about the version\nflowctl: v1\nflow: a # name\nsteps:\n  # first\n  - set: 1 # one\n    # why\n    id: x # the id\n# tail\n");
    expect(formatFlow(flow("steps:\n  - set: 1 # one\n    id: x # the id\n  - set: 2"))).toBe(flow("steps:\n  - id: x # the id\n    set: 1 # one\n  - set: 2"));
  });
  it("does nothing to what does not parse, or is no flow file", () => {
    for (const text of ["b: 1\na: 2\n", "flow: a\nflowctl: v1\nsteps: [ { when: !x, set: 1 } ]\n", "- 1\n", ""]) expect(formatFlow(text)).toBe(text);
  });
  it("says why a text does not parse, and nothing of one that is no flow file", () => {
    expect(formatSource({ path: "flow.yaml", text: "flow: a\nflowctl: v1\nsteps: [ { when: !x, set: 1 } ]\n" }).diagnostics).toMatchObject([{ code: "FC1008", span: { file: "flow.yaml" } }]);
    expect(formatSource({ path: "other.yaml", text: "b: 1\na: 2\n" }).diagnostics).toEqual([]);
  });
  it("leaves a map with an unknown key alone", () => {
    const text = flow("steps: [ { set: 1, foo: 2, id: x } ]");
    expect(formatFlow(text)).toBe(text);
  });
  it("every document of a file", () => {
    expect(formatFlow("flow: a\nflowctl: v1\n---\nflow: b\nflowctl: v1\n")).toBe("flowctl: v1\nflow: a\n---\nflowctl: v1\nflow: b\n");
  });
  it.each(globSync("flows/**/*.yaml"))("keeps what %s says", (path) => {
    const text = readFileSync(path, "utf8");
    expect(data(formatFlow(text))).toEqual(data(text));
  });
});

interface Step {
  readonly lines: readonly string[];
  readonly inFlow: boolean;
}
const shuffled = (lines: readonly string[]) => fc.shuffledSubarray([...lines], { minLength: lines.length, maxLength: lines.length });
const stepLines = fc.oneof(
  shuffled(['set: "${x}"', 'when: "a > 1"', "timeout: 5s"]),
  shuffled(["tool: t", "with: { b: 1, a: 2 }", "when: '!x'", "policy: p"]),
  shuffled(["emit: t", "with: 1", "catch: [ { value: 1, on: [timeout] } ]"]),
);
const step: fc.Arbitrary<Step> = fc.record({ lines: stepLines, inFlow: fc.boolean() });
const noise = fc.constantFrom("none", "behind", "above", "blank");

describe("whatever the order", () => {
  it("the same file, the same comments, and stable", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), shuffled(["flowctl: v1", "flow: a", "input: X", "STEPS"]), fc.infiniteStream(noise), (steps, top, noises) => {
        let count = 0;
        const noisy = (line: string, indent: string): string => {
          const kind = noises.next().value;
          if (kind === "behind") return `${line} # c${count++}`;
          if (kind === "above") return `# c${count++}\n${indent}${line}`;
          return kind === "blank" ? `${line}\n` : line;
        };
        const written = steps.map(({ lines, inFlow }, index) =>
          inFlow ? `  - { ${[`id: s${index}`, ...lines].toReversed().join(", ")} }` : `  - ${[...lines, `id: s${index}`].map((line, at) => (at === 0 ? line : noisy(line, "    "))).join("\n    ")}`,
        );
        const text = `# head\n\n${top.map((line) => (line === "STEPS" ? `steps:\n${written.join("\n")}` : noisy(line, ""))).join("\n")}\n`;
        const formatted = formatFlow(text);
        expect(data(formatted)).toEqual(data(text));
        expect(comments(formatted)).toEqual(comments(text));
        expect(formatFlow(formatted)).toBe(formatted);
        expect(formatted).toMatch(/^# head\n/);
      }),
      { numRuns: 300 },
    );
  });
});
