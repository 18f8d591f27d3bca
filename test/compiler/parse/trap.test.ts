import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/compiler/parse/parse.js";
import { toJson } from "../../../src/compiler/types/to-json.js";

/** What is found: code, line, and the file after the fix of each problem. */
function check(text: string) {
  const { documents, diagnostics, complete } = parseYaml({ path: "flow.yaml", text });
  const found = diagnostics.map((one) => `${one.code}:${text.slice(0, one.span.start).split("\n").length}`);
  let fixed = text;
  for (const { fix } of diagnostics.toReversed()) if (fix) fixed = fixed.slice(0, fix.span.start) + fix.text + fixed.slice(fix.span.end);
  return { found, fixed, data: documents.map(toJson), complete, diagnostics };
}

const AROUND = (line: string) => `flowctl: v1\nsteps:\n${line}\n  - id: last\n`;

/** One line with one trap, and the value that was meant; the fix makes it so, and no other line is blamed. */
const TRAPS: readonly (readonly [code: string, line: string, meant: string])[] = [
  ["FC1008", "  - when: !steps.x.ok", "!steps.x.ok"],
  ["FC1008", "  - { when: !steps.x.ok && !y, id: a }", "!steps.x.ok && !y"],
  ["FC1008", "  - { when: !has(x), id: a }", "!has(x)"],
  ["FC1008", "  - { when: !f(x, y), id: a }", "!f(x, y)"],
  ["FC1008", "  - when: !(a || b) # later", "!(a || b)"],
  ["FC1009", "  - { with: ${input} }", "${input}"],
  ["FC1009", "  - { with: { q: ${input.id}, r: 1 } }", "${input.id}"],
  ["FC1009", "  - with: [ ${a}, b ]", "${a}"],
  ["FC1010", "  - when: 'x' in xs", "'x' in xs"],
  ["FC1010", "  - { when: 'x' in xs, id: a }", "'x' in xs"],
  ["FC1010", '  - when: "a" == b', '"a" == b'],
  ["FC1010", "  - when: [1, 2].size() > 1", "[1, 2].size() > 1"],
  ["FC1010", "  - { over: [1, 2].map(x, x), id: a }", "[1, 2].map(x, x)"],
  ["FC1010", "  - value: {name}, hello", "{name}, hello"],
  ["FC1010", "  - to: @someone", "@someone"],
  ["FC1010", "  - to: %name", "%name"],
  ["FC1010", "  - to: `name`", "`name`"],
  ["FC1010", "  - when: > 5", "> 5"],
  ["FC1011", "  - value: a ? b : c", "a ? b : c"],
  ["FC1011", "  - { value: a ? b : c, id: a }", "a ? b : c"],
  ["FC1011", "  - question: Note: this is prose", "Note: this is prose"],
  ["FC1011", "  - with: [ a ? b : c ]", "a ? b : c"],
  ["FC1012", "  - { when: f(x, y) > 1, id: a }", "f(x, y) > 1"],
  ["FC1012", "  - { when: f(x, g(y, z)) > 1 }", "f(x, g(y, z)) > 1"],
  ["FC1012", "  - { when: a in [1, 2], id: a }", "a in [1, 2]"],
  ["FC1012", "  - { fields: { a: string[], b: number } }", "string[]"],
  ["FC1012", "  - { fields: { a: string[]? } }", "string[]?"],
  ["FC1012", "  - { value: xs[0].id, id: a }", "xs[0].id"],
  ["FC1012", "  - [ a, T[] ]", "T[]"],
  ["FC1013", "  - when: a # ${b}", "a # ${b}"],
  ["FC1013", "  - question: Ship it? # really", "Ship it? # really"],
  ["FC1013", "  - instructions: Count the # of items", "Count the # of items"],
  ["FC1013", "  - fail: { code: x, message: not ok # at all }", "not ok # at all"],
  ["FC1013", '  - { when: x == "a #b", id: a }', 'x == "a #b"'],
  ["FC1016", "  - value: 9007199254740993", "9007199254740993"],
  ["FC1016", "  - value: .inf", ".inf"],
  ["FC1016", "  - value: 1e999", "1e999"],
];

describe("traps of unquoted YAML", () => {
  it.each(TRAPS)("%s: %s", (code, line, meant) => {
    const { found, fixed, data, complete } = check(AROUND(line));
    expect(found).toEqual([`${code}:3`]);
    expect(complete).toBe(true);
    expect(JSON.stringify(data)).toContain(JSON.stringify(meant));
    const after = check(fixed);
    expect(after.found).toEqual([]);
    expect(after.data).toEqual(data);
  });

  it("reports every trap in a file, each once", () => {
    const lines = TRAPS.map(([, line]) => line);
    const { found } = check(`steps:\n${lines.join("\n")}\n`);
    expect(found).toEqual(TRAPS.map(([code], index) => `${code}:${index + 2}`));
  });

  it("finds 200 in one file", () => {
    const { found } = check(`types:\n${Array.from({ length: 200 }, (_, index) => `  T${index}: { ok: !x, n: ${index} }`).join("\n")}\n`);
    expect(found).toHaveLength(200);
  });
});

/** Where nobody can tell what was meant: one error, and the document goes no further. */
const LOST: readonly (readonly [string, string, string])[] = [
  ["an alias", "FC1007:2", "a: 1\nb: *draft\n"],
  ["a merge key", "FC1007:2", "a: 1\n<<: *base\n"],
  ["a key with a tag", "FC1008:1", "!x a: 1\n"],
  ["an unclosed double quote", "FC1005:1", 'a: "open\nb: 1\n'],
  ["an unclosed single quote", "FC1005:2", "a: 1\nb: 'open\n"],
  ["an unclosed quote in braces", "FC1005:2", 'steps:\n  - { a: "open, b: 1 }\n  - { c: 2 }\n'],
  ["an unclosed brace", "FC1005:2", "steps:\n  - { a: 1, b: 2\n  - { c: 3 }\n"],
  ["an unclosed bracket", "FC1005:1", "a: [x, y\nb: 1\n"],
  ["a bracket too many", "FC1003:1", "a: { b: 1 }}\nc: 2\n"],
  ["a tab", "FC1004:2", "a:\n\tb: 1\n"],
  ["a line without a colon", "FC1003:2", "a: 1\nword\nb: 2\n"],
  ["a key that is indented too deep", "FC1019:2", "- agent: writer\n    with:\n      q: 1\n  id: x\n"],
  ["a key that does not line up", "FC1019:3", "a:\n  b: 1\n c: 2\n"],
  ["keys beside a list", "FC1003:3", "- a\n- b\nc: 1\n"],
  ["a list on its key's line", "FC1003:1", "a: - b\n"],
  ["a comma that is missing", "FC1003:1", "[ { a: 1 } { b: 2 } ]\n"],
  ["two commas", "FC1003:1", "{ a: 1,, b: 2 }\n"],
  ["a key without a value in braces", "FC1020:1", "{ id: x, agent }\n"],
  ["a missing key", "FC1015:1", "{ : x }\n"],
  ["a complex key", "FC1015:1", "? a\n: b\n"],
  ["a list as a key", "FC1015:1", "[a]: b\n"],
  ["__proto__", "FC1014:1", "__proto__: { a: 1 }\n"],
  ["constructor deep inside", "FC1014:2", "a:\n  - { constructor: 1 }\n"],
  ["a duplicate section", "FC1006:3", "types:\n  A: {}\ntypes:\n  B: {}\n"],
  ["a directive", "FC1017:1", "%TAG ! x\n---\na: 1\n"],
  ["65 levels", "FC1002:1", `${"[".repeat(65)}${"]".repeat(65)}\n`],
];

describe("errors that hide what was meant", () => {
  it.each(LOST)("%s: %s", (_, where, text) => {
    const { found, data, complete } = check(text);
    expect(found).toEqual([where]);
    expect(data).toEqual([]);
    expect(complete).toBe(false);
  });

  it("keeps the other documents of the file, and finds what is wrong in them", () => {
    const { found, data } = check("a: 1\n---\nb: [x\n---\nc: !y\n---\nd: 2\n");
    expect(found).toEqual(["FC1005:3", "FC1008:5"]);
    expect(data).toEqual([{ a: 1 }, { c: "!y" }, { d: 2 }]);
  });

  it("a duplicate of a plain value is dropped, with a note at the first", () => {
    const { found, data, diagnostics } = check("input: Query\nx: 1\ninput: Other\n");
    expect(found).toEqual(["FC1006:3"]);
    expect(data).toEqual([{ input: "Query", x: 1 }]);
    expect(diagnostics[0]?.related.map((note) => note.span.start)).toEqual([0]);
  });
});

describe("text that is no YAML file", () => {
  it.each([
    ["a control character", "a: \u0001\n", "FC1001:1"],
    ["bytes that are not UTF-8", "a: 1\nb: \ufffd\n", "FC1001:2"],
    ["a byte order mark inside", "a: 1\n\ufeffb: 2\n", "FC1001:2"],
    ["more than 1 MB", `a: ${"x".repeat(1_100_000)}\n`, "FC1002:1"],
    ["more than 50,000 values", "- 1\n".repeat(50_001), "FC1002:50000"],
    ["nothing", "# only a comment\n", "FC1021:1"],
  ])("%s", (_, text, where) => {
    const { found, data } = check(text);
    expect(found).toEqual([where]);
    expect(data).toEqual([]);
  });
});

describe("what is no trap", () => {
  it.each([
    ["on: { topic: t }\nyes: no\nok: true\n", { on: { topic: "t" }, yes: "no", ok: true }],
    ["with: ${input}\nwhen: a && !b\n", { with: "${input}", when: "a && !b" }],
    ["a: it's fine, really\nb: x:y\nc: a#b\n", { a: "it's fine, really", b: "x:y", c: "a#b" }],
    ["message: Order   # the type of a message\n", { message: "Order" }],
    ["a: { b: web | file, c: number?, d: -1 }\n", { a: { b: "web | file", c: "number?", d: -1 } }],
    ["steps: [] # none\nnext:\n", { steps: [], next: null }],
    ["a: {\n  b: 1,\n}\n", { a: { b: 1 } }],
    ["q: |\n  # not a comment ${x}\n  [ { : }\nr: >-\n  a\n  b\n", { q: "# not a comment ${x}\n[ { : }\n", r: "a b" }],
    ["\ufeffa: 1\r\nb: 'it''s'\r\n", { a: 1, b: "it's" }],
  ])("%j", (text, data) => {
    expect(check(text)).toMatchObject({ found: [], data: [data] });
  });
});
