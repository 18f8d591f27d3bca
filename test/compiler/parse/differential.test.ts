import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Json } from "../../../src/core/json.js";
import { parseYaml } from "../../../src/compiler/parse/parse.js";
import { toJson } from "../../../src/compiler/types/to-json.js";
import type { Node, ScalarNode } from "../../../src/compiler/parse/tree.js";

const SEEDS = [
  "flowctl: v1\nflow: { id: a, version: 1.0.0 }\nsteps:\n  - { id: x, agent: writer, with: \"${input}\" }\n  - id: y\n    tool: t\n    when: steps.x.ok && !input.z\n",
  "a: |\n  text\n    deeper\n\n  end\nb: >-\n  folded\n  text\n\n  more\nc: 'it''s'\nd: \"a\\n\\\"b\\\"\"\n",
  "- a\n- b: [1, 2.5, true, null, ~]\n  c: {d: e, \"f\": 'g'}\n-\n  - x\n  - y # comment\n",
  "# c\n---\na: plain text over\n  two lines\nb:\n- 1\n- 2\n...\n---\nsecond: doc\n",
  "a: [b, c d, {e: f}]\ntypes: { T: { fields: { a: x, b: [y, z] } } }\nsteps: [ { emit: t, with: [1, 2] } ]\n",
  "key: \"folded\n  quoted\n\n  text\"\nother: 'single\n  folded'\nempty:\nlast: -1\n",
];

const edit = fc.record({
  at: fc.nat(1_000_000).map((part) => part / 1_000_000),
  remove: fc.nat(3),
  insert: fc.constantFrom("", " ", "\n", "  ", "- ", ": ", ":", "#", " # ", "{", "}", "[", "]", ",", '"', "'", "|", ">", "\t", "a", "!x ", "&a ", "*a", "? ", "---\n", "%", "[]", "${x}", "f(a, b)", " ? ", "\\", "\n\n", "\r\n", "@", "`"),
});
const mutated = fc.tuple(fc.constantFrom(...SEEDS), fc.array(edit, { maxLength: 3 })).map(([seed, edits]) =>
  edits.reduce((text, { at, remove, insert }) => {
    const from = Math.floor(at * text.length);
    return text.slice(0, from) + insert + text.slice(from + remove);
  }, seed),
);

describe("against the yaml library", () => {
  it("what is accepted has the library's data, and what the library refuses is refused", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const ours = parseYaml({ path: "x.yaml", text });
        const theirs = parseAllDocuments(text, { merge: false, stringKeys: true, prettyErrors: false, version: "1.2", logLevel: "silent" });
        const documents = Array.isArray(theirs) ? theirs : [];
        if (documents.some((document) => document.errors.length > 0)) expect(ours.diagnostics.length).toBeGreaterThan(0);
        if (ours.diagnostics.length > 0) return;
        const data = documents.map((document): Json => document.toJS({ maxAliasCount: 0 }) ?? null).filter((one) => one !== null);
        expect(ours.documents.map(toJson)).toEqual(data);
      }),
      { numRuns: 3000 },
    );
  });

  it("every scalar's characters stand where offsetOf says, and every span inside its parent's", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        for (const document of parseYaml({ path: "x.yaml", text }).documents) checkPlaces(document, text, 0, text.length);
      }),
      { numRuns: 2000 },
    );
  });
});

function checkPlaces(node: Node, text: string, start: number, end: number): void {
  expect(node.span.start).toBeGreaterThanOrEqual(start);
  expect(node.span.end).toBeLessThanOrEqual(end);
  expect(node.span.start).toBeLessThanOrEqual(node.span.end);
  if (node.kind === "scalar") checkCharacters(node, text);
  else if (node.kind === "list") for (const item of node.items) checkPlaces(item, text, node.span.start, node.span.end);
  else {
    for (const entry of node.entries) {
      checkPlaces(entry.key, text, entry.span.start, entry.span.end);
      checkPlaces(entry.value, text, node.span.start, node.span.end);
    }
  }
}

/** A character either stands in the file as itself, or an escape, a fold or an indent stands for it. */
function checkCharacters(node: ScalarNode, text: string): void {
  let before = node.span.start;
  for (let index = 0; index < node.text.length; index++) {
    const offset = node.offsetOf(index);
    expect(offset).toBeGreaterThanOrEqual(before);
    expect(offset).toBeLessThanOrEqual(text.length);
    if (/[a-z0-9$.]/.test(node.text[index] ?? "") && text[offset] !== "\\") expect(text[offset]).toBe(node.text[index]);
    before = offset;
  }
}
