import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FLOW_FILE } from "../../src/compiler/shape/definitions/flow.js";
import { allKeys } from "../../src/compiler/shape/definitions/walk.js";
import type { Outline } from "../../src/compiler/shape/forms/form.js";
import { FUNCTION_NAMES } from "../../src/expr/library/table.js";
import { compileText } from "../../src/library/compile-text.js";

const page = readFileSync("docs/language.md", "utf8");

/** The rows of a section's n-th table, each as the words in backquotes of its cells. */
function tableOf(title: string, nth: number): readonly (readonly (readonly string[])[])[] {
  const section = page.split(/^## /m).find((one) => one.startsWith(title)) ?? "";
  const tables = section.split(/\n\n/).filter((part) => part.startsWith("|"));
  return (tables[nth] ?? "").trim().split("\n").slice(2).map((row) => row.split(/(?<!\\)\|/).slice(1, -1).map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word)));
}

/** Names that are an expression in one place and a value in another. */
const AMBIGUOUS: ReadonlySet<string> = new Set(["key", "where"]);

const takesExpression = (outline: Outline): boolean => outline.is === "cel" || (outline.is === "either" && outline.of.some(takesExpression));

test("the keys that take an expression are those of the definitions", () => {
  const keys = [...allKeys(FLOW_FILE.outline)].filter(({ key, later }) => !later && takesExpression(key.form.outline));
  const written = tableOf("Values and expressions", 0).flatMap(([names = [], places = []]) => names.map((name) => ({ name, places })));
  const isFor = ({ name, places }: (typeof written)[number], path: readonly string[]): boolean => path.join(".").endsWith(`.${name}`) && (!AMBIGUOUS.has(name) || places.some((place) => path.includes(place)));
  expect(keys.filter(({ path }) => !written.some((one) => isFor(one, ["", ...path]))).map(({ path }) => path.join("."))).toEqual([]);
  expect(written.filter((one) => !keys.some(({ path }) => isFor(one, ["", ...path]))).map(({ name }) => name)).toEqual([]);
});

test("the functions that it shows are there", () => {
  const shown = tableOf("Functions", 0).flatMap(([cell = []]) => cell).map((form) => /^(?:\w+\.)?(\w+)\(/.exec(form)?.[1]);
  expect(shown.length).toBeGreaterThan(20);
  for (const name of shown) expect(FUNCTION_NAMES).toContain(name);
});

const STEPS: Readonly<Record<string, string>> = {
  agent: "agent: writer",
  tool: "tool: read",
  emit: "emit: out, with: 1",
  get: "get: rows, key: a",
  put: "put: rows, key: a, with: b",
  ask: "ask: { question: Well?, output: string }",
  map: "map: { over: \"[1]\", as: n }, value: 1",
  parallel: "parallel: {}, branches: { a: { value: 1 } }",
  loop: "loop: { init: 1, max: 2 }, value: 1",
  switch: "switch: [ { else: { value: 1 } } ]",
  saga: "saga: {}, do: [ { set: 1 } ]",
  fail: "fail: { code: mine, message: No }",
};

describe("the error codes of", () => {
  const [every, ...rows] = tableOf("Error codes", 0);
  const written = new Map(rows.flatMap(([kinds = [], codes = []]) => kinds.map((kind) => [kind, codes] as const)));
  test.each(Object.entries(STEPS))("%s", (kind, step) => {
    const { diagnostics } = compileText(`flowctl: v1
flow: codes
topics: { out: {} }
tables: { rows: { value: string } }
tools: { read: { module: ./read.js#read, input: string, output: string, effect: read } }
agents: { writer: { model: openai/gpt-4o-mini, instructions: Write., input: string, output: string } }
input: string
steps:
  - { ${step}, catch: [ { on: [nothing], do: [] } ] }
`, { "read.js": "" });
    const codes = diagnostics.filter(({ code }) => code === "FC3014").map(({ message }) => [...message.slice(message.indexOf("what can be raised")).matchAll(/`(\w+)`/g)].map(([, code]) => code));
    expect(codes).toEqual([[...(every?.[1] ?? []), ...(written.get(kind) ?? []), ...(kind === "fail" ? ["mine"] : [])]]);
  });
});
