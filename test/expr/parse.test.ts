import { describe, expect, it } from "vitest";
import { parseExpr } from "../../src/expr/parse.js";

function problem(text: string): string {
  const parsed = parseExpr(text);
  if (parsed.ok) return "ok";
  const { code, start, end } = parsed.problem;
  return `${code} ${text.slice(start, end)}`;
}
const hint = (text: string): string => {
  const parsed = parseExpr(text);
  return parsed.ok ? "" : `${parsed.problem.message} ${parsed.problem.hint ?? ""} ${parsed.problem.fix ?? ""}`;
};

describe("syntax", () => {
  it.each<[string, string, string]>([
    ["a === b", "FC1102 ===", "write `==` =="],
    ["a !== b", "FC1102 !==", "write `!=`"],
    ["a = b", "FC1102 =", "to compare write `==`"],
    ["a and b", "FC1102 and", "write `&&`"],
    ["a or b", "FC1102 or", "write `||`"],
    ["not a", "FC1102 not", "write `!x`"],
    ["a not in b", "FC1102 not", "!(x in xs)"],
    ["a & b", "FC1102 &", "write `&&`"],
    ["a | b", "FC1102 |", "write `||`"],
    ["a ?? b", "FC1102 ??", "orValue"],
    ["a?.b", "FC1102 ?.", ".?b"],
    ["a <> b", "FC1102 <>", "write `!=`"],
    ["a =< b", "FC1102 =<", "write `<=`"],
    ["2 ** 3", "FC1102 **", "no power"],
    ["xs.map(x => x)", "FC1102 =>", "xs.map(x, x.id)"],
    ["`a`", "FC1102 `", "'Hello ' + name"],
    ["if a then b else c", "FC1102 if", "condition ? a : b"],
    ["a; b", "FC1102 ;", "no statements"],
    ["a + ", "FC1100 +", "something must follow `+`"],
    ["(a", "FC1100 (", "add `)`"],
    ["f(a, [b", "FC1100 [", "add `]`"],
    ["a)", "FC1100 )", "closes nothing"],
    ["a b", "FC1100 b", "an operator is missing"],
    ["a 'b'", "FC1100 'b'", "an operator is missing"],
    ["a ? b", "FC1100 ? b", "The `:` part"],
    ["a.", "FC1100 .", "field's name must follow"],
    ["'abc", "FC1105 'abc", "closing quote"],
    ["'a\nb'", "FC1105 \n", "before the line does"],
    ["'\\q'", "FC1105 \\q", "escape"],
    ["", "FC1106 ", "missing"],
    ["  ", "FC1106   ", "missing"],
    ["has(a)", "FC1104 a", "has(input.note)"],
    ["has(a[0])", "FC1104 a[0]", "size(list)"],
    ["has(a.b, c.d)", "FC1104 ", "one field"],
    ["xs.map(x.y, x)", "FC1104 ", "name that each element gets"],
    ["99999999999999999999", "FC1100 99999999999999999999", ""],
    ["9007199254740993", "FC1100 9007199254740993", "write it as a string"],
    ["1e999", "FC1100 1e999", "no number"],
    ["b'bytes'", "FC1100 b'bytes'", "do not exist"],
    ["$x", "FC1102 $", ""],
    ["a # comment", "FC1102 #", "//"],
  ])("%s", (text, expected, said) => {
    expect(problem(text).startsWith(expected), problem(text)).toBe(true);
    expect(hint(text)).toContain(said);
  });

  it.each(["a.b.c", "a.?b[?0].c", "m['k k']", "x in [1, 2]", "!(a in b)", "a // why\n + b", "-1", "- -1", "1u", "r'\\d'", '"""a"b"""', "{'a': [1, {'b': null}]}", "a ? b : c ? d : e", "xs.map(x, x > 1, x)", "  a  "])("%s parses", (text) => expect(problem(text)).toBe("ok"));
});

describe("limits", () => {
  it.each([
    ["a long text", `'${"x".repeat(10_001)}'`],
    ["many parts", `[${Array.from({ length: 900 }, () => "[1]").join(",")}] + [${Array.from({ length: 900 }, () => "[1]").join(",")}]`],
    ["deep brackets", `${"(".repeat(200)}1${")".repeat(200)}`],
    ["deep lists", `${"[".repeat(200)}${"]".repeat(200)}`],
    ["a long chain", Array.from({ length: 900 }, () => "a").join("+")],
    ["many !", `${"!".repeat(5_000)}a`],
    ["many -", `${"-".repeat(5_000)}a`],
    ["a long path", `a${".b".repeat(900)}`],
  ])("%s", (_, text) => expect(problem(text)).toContain("FC1103"));

  it("lets what people write pass", () => {
    expect(problem(Array.from({ length: 200 }, (_, index) => `a == ${index}`).join(" || "))).toBe("ok");
  });
});

describe("places", () => {
  it.each([
    ["(a + b) * c", [0, 11]],
    ["  a  ", [2, 3]],
    ["((a)).b", [0, 7]],
    ["f((a) + b)", [0, 10]],
    ["!(a)", [0, 4]],
    ["(a) ? (b) : (c)", [0, 15]],
  ])("%s", (text, at) => {
    const parsed = parseExpr(text);
    expect(parsed.ok && parsed.expr.ast.at).toEqual(at);
  });

  it("accepts `${…}` around the whole, with places of the text", () => {
    const text = " ${ a.b + 1 }";
    const parsed = parseExpr(text);
    expect(parsed.ok && text.slice(...parsed.expr.ast.at)).toBe("a.b + 1");
    expect(problem("${a +}")).toBe("FC1100 +");
    expect(problem("${a} + 1")).toContain("FC1102 ${");
  });
});
