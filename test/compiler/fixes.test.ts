import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/core/diagnostic.js";
import { compile } from "../../src/compiler/compile.js";

const problems = (text: string): readonly Diagnostic[] => compile({ entries: [{ path: "flow.yaml", text }], read: () => null }).diagnostics;

/** The text with every fix written, the last first. */
const fixed = (text: string): string =>
  problems(text)
    .flatMap(({ fix }) => fix ?? [])
    .toSorted((a, b) => b.span.start - a.span.start)
    .reduce((now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end), text);

const HEAD = `flowctl: v1
flow: sample
types:
  Line: { fields: { sku: string } }
  Order: { fields: { note: string?, team: billing | sales, lines: "Line[]", tags: "string[]?" } }
on: { manual: {} }
input: Order
steps:
`;
const at = (place: string): string => `${HEAD}  - ${place}\n`;

describe("what a fix puts in its place reads as it is meant", () => {
  it.each([
    ["a single-quoted value", "{ set: '${input.note}' }", "{ set: '${input.?note.orValue('''')}' }"],
    ["a single-quoted condition", "{ when: 'input.team == ''biling''', set: 1 }", "{ when: 'input.team == ''billing''', set: 1 }"],
    ["a double-quoted value", '{ set: "all: ${input[\\"lines\\"]}" }', '{ set: "all: ${json(input[\\"lines\\"])}" }'],
    ["a bare expression in braces", "{ map: { over: input.tags, as: tag }, value: 1 }", '{ map: { over: "input.?tags.orValue([])", as: tag }, value: 1 }'],
    ["a bare expression of a line", "map:\n      over: input.tags\n    value: 1", 'map:\n      over: "input.?tags.orValue([])"\n    value: 1'],
    ["a bare value of a line", "set: ${input.note}", "set: ${input.?note.orValue('')}"],
  ])("%s", (_, before, after) => {
    expect(fixed(at(before))).toBe(at(after));
    expect(problems(fixed(at(before))).filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it.each([
    ["a list as others write it", "{ fields: { a: list<string> } }", '{ fields: { a: "string[]" } }'],
    ["a quoted list of a misspelt type", '{ fields: { a: "Lien[]" } }', '{ fields: { a: "Line[]" } }'],
    ["the name of a type where a path is wanted", "{ type: array, items: { $ref: Line } }", '{ type: array, items: { $ref: "#/types/Line" } }'],
    ["null among the types", "{ type: [string, null] }", '{ type: [string, "null"] }'],
  ])("a type: %s", (_, before, after) => {
    const flow = (type: string): string => `flowctl: v1\nflow: sample\ntypes: { Line: { fields: { sku: string } } }\non: { manual: {} }\ninput: ${type}\nsteps: [ { set: 1 } ]\n`;
    expect(fixed(flow(before))).toBe(flow(after));
    expect(problems(fixed(flow(before))).filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it.each([
    ["a flow's version", "{ call: pricing@1.0 }", "write `pricing@1`"],
    ["a flow's version with a v", "{ call: pricing@v2 }", "write `pricing@2`"],
    ["a flow's version that is none", "{ call: pricing@latest }", undefined],
    ["a space behind a topic's name", '{ emit: "orders.new ", with: 1 }', "write `orders.new`"],
    ["a space in a topic's name", "{ emit: orders.new items, with: 1 }", "write `orders.new_items`"],
    ["a sign in a tool's name", "{ tool: pay-card! }", "write `pay-card_`"],
  ])("a name: %s", (_, before, hint) => {
    expect(problems(at(before)).flatMap(({ code, hint: said }) => (code === "FC2008" ? [said] : []))).toEqual([hint]);
  });

  it("a model's name behind its provider is not told", () => {
    const text = "flowctl: v1\nflow: sample\nagents: { a: { model: openai/gpt 4o, instructions: x } }\non: { manual: {} }\ninput: string\nsteps: [ { agent: a } ]\n";
    expect(problems(text).map(({ code, hint, fix }) => [code, hint, fix])).toEqual([["FC2008", undefined, undefined]]);
  });

  it("a version that is missing behind its key", () => {
    expect(fixed("flowctl:\nflow: sample\ninput: string\nsteps: [ { set: 1 } ]\n")).toBe("flowctl: v1\nflow: sample\ninput: string\nsteps: [ { set: 1 } ]\n");
  });

  it("a file in braces gets no line in front of its first key", () => {
    const text = "{ flow: sample, input: string, steps: [ { set: 1 } ] }\n";
    expect(problems(text)).toEqual([expect.objectContaining({ code: "FC2001" })]);
    expect(fixed(text)).toBe(text);
  });
});
