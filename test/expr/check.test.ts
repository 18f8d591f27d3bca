import { describe, expect, it } from "vitest";
import { NUMBER, objectOf, STRING, type Type } from "../../src/core/type.js";
import { check, enumOf, hintOf, nullable, SCOPE, verdict } from "./check-text.js";

const table = (rows: Readonly<Record<string, string>>) => it.each(Object.entries(rows))("%s → %s", (text, expected) => expect(verdict(text)).toBe(expected));

describe("operators", () => {
  table({
    "input.count / input.total * 60 < 30": "boolean", "7 / 2": "number", "input.count + 1": "integer", "input.count + 1.5": "number", "input.count * input.total": "number", "-input.count": "integer", "input.count % 2": "integer",
    "'a' + input.id": "string", "input.tags + ['x']": "string[]", "[1] + ['a']": "(1 | \"a\")[]",
    "'a' + input.count": "FC4101 'a' + input.count", "input.id + 1 + 2": "FC4101 input.id + 1", "input.id - 'a'": "FC4101 input.id - 'a'", "-input.id": "FC4101 -input.id", "input.urgent + 1": "FC4101 input.urgent + 1",
    "input.id < 3": "FC4101 input.id < 3", "input.tags < input.tags": "FC4101 input.tags < input.tags", "input.id < 'm'": "boolean",
    "input.id == 3": "FC4101 input.id == 3", "input.id == null": "boolean", "input.count == 1.5": "boolean", "run.now == '2026'": "FC4101 run.now == '2026'",
    "run.now - run.now": "duration", "run.now + duration('1h')": "timestamp", "duration('1h') + run.now": "timestamp", "run.now + run.now": "FC4101 run.now + run.now", "run.now + 5": "FC4101 run.now + 5",
    "'red' in input.tags": "boolean", "1 in input.tags": "FC4101 1 in input.tags", "'a' in input.id": "FC4101 input.id", "'a' in input.stock": "boolean", "1 in input.stock": "FC4101 1 in input.stock",
  });

  it("says how to convert", () => {
    expect(hintOf("'n: ' + input.count")).toBe("write `string(input.count)`, or `${…}` in mixed text");
    expect(hintOf("'n: ' + input.tags")).toBe("write `json(input.tags)`");
    expect(hintOf("'a' in input.id")).toContain("input.id.contains('a')");
  });
});

describe("enums", () => {
  table({
    "input.kind": "\"web\" | \"shop\" | \"phone\"", "input.kind == 'web'": "boolean", "input.kind == 'wbe'": "FC4110 'wbe'", "'mail' != input.kind": "FC4110 'mail'", "input.kind in ['web', 'shpo']": "FC4110 'shpo'", "'wbe' in [input.kind]": "FC4110 'wbe'", "'web' in [input.kind]": "boolean", "'x' in input.tags.filter(t, t != 'y')": "boolean", "input.kind == input.id": "boolean",
    "input.kind + '!'": "string", "['web', 'mail'].exists(x, x == input.kind)": "boolean",
  });
  it("says what was meant", () => {
    expect(hintOf("input.kind == 'shpo'")).toBe("did you mean `'shop'`?");
    expect(hintOf("input.kind == 'mail'")).toBe("possible are `web`, `shop`, `phone`");
  });
});

describe("conditions", () => {
  table({
    "input.urgent && input.count > 1": "boolean", "input.count && true": "FC4107 input.count", "true || input.id": "FC4107 input.id", "!input.tags": "FC4107 input.tags", "input.count ? 1 : 2": "FC4107 input.count",
    "input.urgent ? 1 : 2.5": "1 | 2.5", "input.urgent ? 1 : 'a'": "FC4103 input.urgent ? 1 : 'a'", "input.urgent ? input.id : null": "string | null", "input.urgent ? input.id : input.?note": "optional string", "input.urgent ? [] : input.tags": "string[]",
    "input.urgent ? {'a': 1} : {'b': 2}": "{ a: 1 } | { b: 2 }", "(input.urgent ? {'a': 1} : {'a': 'x'}).a": "1 | \"x\"", "(input.urgent ? {'a': 1} : {'b': 2}).a": "FC4100 (input.urgent ? {'a': 1} : {'b': 2}).a",
  });
  it("asks for a comparison", () => {
    expect(hintOf("input.id ? 1 : 2")).toBe("compare it: `input.id != ''`");
    expect(hintOf("!input.tags")).toBe("ask `size(input.tags) > 0`");
    expect(hintOf("input.urgent ? 1 : 'a'")).toBe("give both the same type, for instance `string(1)`");
  });
});

describe("fields", () => {
  table({
    "input.nme": "FC3101 nme", "input.?nme": "FC3101 nme", "has(input.nme)": "FC3101 nme", "input.open.known": "string", "input.open.other": "FC3101 other", "input.items[0].skuu": "FC3101 skuu", "input.items.sku": "FC4109 sku", "input.id.length": "FC4109 length",
    "input.raw": "any", "input.raw.x": "FC4102 input.raw", "input.raw + 1": "FC4102 input.raw", "json(input.raw)": "string", "input.raw == null": "boolean",
    "input.names['first name']": "string", "input.names['last name']": "FC3101 input.names['last name']", "input.names[input.id]": "FC4109 input.id", "input['id']": "string", "input['i' + 'd']": "FC4109 'i' + 'd'",
    "input.shape.kind": "\"circle\" | \"box\"", "input.shape.r": "FC4100 input.shape.r", "input.shape.?r.orValue(0)": "number", "has(input.shape.w) ? input.shape.w : 0": "number",
    "event.what.ever + 1": "number", "event[0].x": "any", "steps.fund": "FC3101 fund", "steps.inner.x": "FC3103 steps.inner", "msg.id": "FC3103 msg", "inptu.id": "FC3100 inptu", "id": "FC3100 id", "True": "FC3100 True", "API_KEY": "FC3100 API_KEY", "{a: 1}": "FC3100 a",
  });
  it("says what was meant", () => {
    expect(hintOf("input.totl")).toBe("did you mean `total`?");
    expect(hintOf("inptu.id")).toBe("did you mean `input`?");
    expect(hintOf("id")).toBe("did you mean `input.id`?");
    expect(hintOf("True")).toBe("did you mean `true`?");
    expect(hintOf("API_KEY")).toContain("${env:NAME}");
    expect(hintOf("{a: 1}")).toBe("a key of a map is a text: write `'a'`");
    expect(hintOf("input.tags.length")).toBe("write `size(input.tags)`");
    expect(hintOf("input.items.sku")).toContain("input.items.map(x, x.sku)");
    expect(hintOf("input.open.zzz")).toBe("it has `known`");
    expect(hintOf("input.id.trim")).toBe("to call the function write `input.id.trim()`");
  });
  it("gives one problem for one cause", () => {
    for (const text of ["input.nme.x.y + 1", "inptu.a > 3 && inptu.b == 'x'", "!input.note", "input.note && true", "input.id || 'x'", "input.items.sum(x, x.qty)", "input.?note != null", "input.raw.a.b.c", "steps.inner.a.b", "nothing(input.nme)", "input.nme.map(x, x.y + 1)", "[input.nme].map(x, x.y)", "{'a': input.nme}.a.b", "input.nme ? 1 : 2"]) {
      expect([text, check(text).problems.length], text).toEqual([text, text.startsWith("inptu") ? 2 : text.startsWith("nothing") ? 2 : 1]);
    }
  });
});

describe("optionals", () => {
  table({
    "input.note": "FC4100 input.note", "input.?note": "optional string", "input.?note.orValue('')": "string", "input.?note.orValue(1)": "FC4103 1", "input.note.orValue('')": "FC4100 input.note", "input.id.orValue('')": "FC4106 input.id", "input.?note + 'x'": "FC4104 input.?note",
    "[input.?note]": "FC4104 input.?note", "{'a': input.?note}": "FC4104 input.?note", "input.?note == 'x'": "FC4104 input.?note", "size(input.?note)": "FC4104 input.?note", "input.customer.name": "FC4100 input.customer", "input.?customer.name": "optional string",
    "input.?customer.mail": "optional string", "input.?customer.?mail.orValue('')": "string", "input.?customer.name.orValue('')": "string", "steps.found.score": "FC4100 steps.found", "steps.?found.score.orValue(0)": "number", "steps.?found.scor": "FC3101 scor",
    "input.stock.a": "optional integer", "input.stock.a.orValue(0)": "integer", "input.stock[input.id]": "optional integer", "input.stock.a + 1": "FC4104 input.stock.a", "input.tags[0]": "string", "input.tags[?0]": "optional string", "first(input.tags)": "optional string",
    "input.tags.first().size()": "FC4104 input.tags.first()", "input.?size.optMap(s, s + 1)": "optional integer", "input.?customer.optFlatMap(c, c.?mail)": "optional string", "input.id.optMap(s, s)": "FC4106 input.id", "optional.of(1)": "optional 1", "input.?note.or(input.?note)": "optional string",
    "input.?note.hasValue()": "boolean", "input.?note.value()": "string", "input.?note.orValue(null)": "string | null", "input.items[0].?note.orValue('')": "string", "optional.none().orValue(1)": "1",
  });
  it("writes the fix", () => {
    expect(check("input.note").problems[0]).toMatchObject({ fix: "input.?note.orValue('')", message: "`input.note` may be absent" });
    expect(check("steps.found.score").problems[0]?.message).toBe("`steps.found` may be absent: the step has a `when`");
    expect(check("input.note.orValue('x')").problems[0]?.fix).toBe("input.?note");
    expect(check("input.note == null").problems[0]).toMatchObject({ code: "FC4100", hint: expect.stringContaining("`!has(input.note)`") });
    expect(check("null != input.note").problems[0]).toMatchObject({ code: "FC4100", hint: expect.stringContaining("`has(input.note)`") });
    expect(check("input.note == null").problems[0]?.fix).toBeUndefined();
    expect(check("input.?note + 'x'").problems[0]?.fix).toBe("input.?note.orValue('')");
  });
});

describe("null", () => {
  table({
    "input.label": "string | null", "input.label + 'x'": "FC4105 input.label", "input.label != null ? input.label + 'x' : ''": "string", "input.label == null ? '' : input.label + 'x'": "string", "input.label != null && size(input.label) > 1": "boolean", "input.label == null || size(input.label) > 1": "boolean",
    "null != input.label && size(input.label) > 1": "boolean", "input.parent.id": "FC4105 input.parent", "input.parent.?id": "optional string", "input.parent.?id.orValue('')": "string", "input.parent != null && input.parent.id == 'x'": "boolean", "has(input.parent.id) && input.parent.id == 'x'": "boolean",
    "input.label != null || size(input.label) > 1": "FC4105 input.label",
  });
});

describe("narrowing", () => {
  table({
    "has(input.note) && input.note == 'x'": "boolean", "!has(input.note) || input.note == 'x'": "boolean", "has(input.note) ? input.note : ''": "string", "!has(input.note) ? '' : input.note": "string", "has(input.note) || input.note == 'x'": "FC4100 input.note", "has(input.note) && true ? input.note : ''": "string",
    "!(has(input.note) && input.urgent) || input.note == ''": "boolean", "(has(input.note) || input.urgent) && input.note == ''": "FC4100 input.note", "has(input.customer.mail) && input.customer.mail == input.customer.name": "boolean", "has(input.customer) && input.customer.mail == ''": "FC4100 input.customer.mail",
    "has(steps.found) && steps.found.score > 1": "boolean", "has(steps.found.score) ? steps.found.score : 0": "number", "has(input.stock.a) ? input.stock.a + 1 : 0": "integer", "has(input.stock['a']) ? input.stock.a + 1 : 0": "integer", "has(input.stock.b) ? input.stock.a + 1 : 0": "FC4104 input.stock.a",
    "has(input.items[0].note) && input.items[0].note == ''": "boolean", "has(input.items[0].note) && input.items[1].note == ''": "FC4100 input.items[1].note", "input.items.filter(x, has(x.note) && x.note != '')": "{ sku: string, qty: integer, note: string }[]", "input.items.map(x, has(x.note), x.note)": "string[]",
    "has(input.note) && input.items.exists(input, input.note == '')": "FC4100 input.note", "(input.urgent ? has(input.note) : false) && input.note == ''": "boolean", "(input.urgent ? has(input.note) : true) && input.note == ''": "FC4100 input.note", "(has(input.note) ? false : true) || input.note == ''": "boolean",
    "input.items.all(x, has(x.note)) && input.items[0].note == ''": "FC4100 input.items[0].note",
    "input.items.filter(x, has(x.note)).map(x, x.note)": "string[]", "input.items.filter(x, !has(x.note)).map(x, x.note)": "FC4100 x.note", "[input.shape].filter(s, has(s.w)).map(s, s.w)": "number[]", "[input.label].filter(l, l != null)": "string[]",
    "input.shape.kind == 'box' ? input.shape.w : input.shape.r": "number", "'box' != input.shape.kind ? input.shape.r : input.shape.w": "number", "input.shape.kind in ['box'] && input.shape.w > 1": "boolean", "input.shape.kind == 'circle' || input.shape.w > 1": "boolean",
    "input.shape.kind == 'box' && input.urgent ? input.shape.w : 0": "number", "input.shape.kind == 'box' && input.urgent ? 0 : input.shape.r": "FC4100 input.shape.r", "input.shape.kind == 'box' ? input.shape.r : 0": "FC3101 r", "(input.shape.kind == 'box' || input.shape.kind == 'circle') && input.shape.w > 1": "FC4100 input.shape.w",
    "[input.shape].filter(s, s.kind == 'box').map(s, s.w)": "number[]", "input.shape.kind == 'box' && [input].exists(input, input.shape.w > 1)": "FC4100 input.shape.w",
    "'a' in input.stock && input.stock.a > 1": "boolean", "'note' in input ? input.note : ''": "string", "'a' in input.stock || input.stock.a > 1": "FC4104 input.stock.a", "input.?note.hasValue() && input.note == ''": "boolean",
    "has(input.note) == true && input.note == ''": "boolean", "has(input.note) != true || input.note == ''": "boolean", "has(input.note) == false && input.note == ''": "FC4100 input.note", "true == has(input.note) && input.note == ''": "boolean", "input.customer.mail": "FC4100 input.customer",
  });
  it("tells what a condition says", () => {
    expect([...check("!has(steps.found) || input.count > 3").whenFalse]).toContain("steps.found");
    expect([...check("!has(steps.found) || input.count > 3").whenTrue]).not.toContain("steps.found");
    expect([...check("has(input.note) && has(steps.found.id)").whenTrue]).toEqual(expect.arrayContaining(["input.note", "steps.found", "steps.found.id"]));
    expect([...check("input.items.exists(x, has(x.note))").whenTrue]).toEqual([]);
  });
  it("uses what is known before", () => {
    const scope = { ...SCOPE, present: new Set(["steps.found", "input.note"]) };
    expect(verdict("steps.found.score + size(input.note)", scope)).toBe("number");
  });
});

describe("comprehensions", () => {
  table({
    "input.items.map(x, x.qty)": "integer[]", "input.items.filter(x, x.qty > 1)[0].sku": "string", "input.items.map(x, x.sku == 'a', x.qty)": "integer[]", "input.items.all(x, x.qty)": "FC4107 x.qty", "input.items.map(x, y.qty)": "FC3100 y", "input.items.map(x, x.qtty)": "FC3101 qtty",
    "input.id.map(c, c)": "FC4106 input.id", "input.stock.map(k, k)": "string[]", "input.stock.filter(k, k != 'a')": "string[]", "input.grid.map(row, row.map(cell, cell + size(row)))": "integer[][]", "input.items.map(input, input.qty)": "integer[]", "input.items.map(x, x.?note)": "FC4104 x.?note",
    "input.tags.map(x)": "FC4106 input.tags.map(x)", "input.?customer.map(x, x)": "FC4104 input.?customer", "[].map(x, x)": "[]", "input.items.map(msg, msg.qty)": "integer[]",
  });
  it("notes the reads of outer variables only", () => {
    expect(check("input.items.map(x, x.qty + input.count)").reads.map(({ path }) => path)).toEqual([["input", "items"], ["input", "count"]]);
    expect(check("input.items.map(input, input.qty)").reads.map(({ path }) => path)).toEqual([["input", "items"]]);
    expect(check("steps.?found.score.orValue(input.items[0].qty)").reads.map(({ path }) => path)).toEqual(expect.arrayContaining([["steps", "found", "score"], ["input", "items"]]));
  });
});

describe("functions", () => {
  table({
    "size(input.id)": "integer", "size(5)": "FC4106 5", "size()": "FC4106 size()", "size('a', 'b')": "FC4106 size('a', 'b')", "sum(input.numbers)": "number", "sum(input.items.map(x, x.qty))": "integer", "sum(input.tags)": "FC4106 sum(input.tags)", "input.numbers.avg()": "number", "max(1, 2)": "1 | 2", "max(1, 'a')": "FC4106 max(1, 'a')",
    "sort(input.items)": "FC4106 sort(input.items)", "sortBy(input.items, 'qty')": "{ sku: string, qty: integer, note?: string }[]", "sortBy(input.items, 'qyt')": "FC3101 sortBy(input.items, 'qyt')", "sortBy(input.items, input.id)": "FC4106 sortBy(input.items, input.id)", "sortBy(input.tags, 'x')": "FC4106 sortBy(input.tags, 'x')",
    "slice(input.tags, 0, 2)": "string[]", "slice(input.tags, 0.5)": "FC4106 0.5", "input.tags[input.total]": "FC4109 input.total", "input.tags['a']": "FC4109 input.tags['a']", "input.tags[int(input.total)]": "string", "chunk(input.tags, 2)": "string[][]", "flatten(input.grid)": "integer[]", "flatten(input.tags)": "FC4106 flatten(input.tags)", "distinct(input.tags)": "string[]",
    "merge({'a': 1}, {'b': 'x'})": "{ a: 1, b: \"x\" }", "merge({'a': 1}, {'a': 'x'}).a": "\"x\"", "merge(input.stock, {'z': 1}).z": "1", "merge({'a': 'x'}, input.stock).a": "\"x\" | integer", "merge(input.items[0], {'note': 'n'}).note": "\"n\"", "merge(input.id, {})": "FC4106 input.id", "join(input.items)": "FC4106 join(input.items)",
    "input.id.matches('^a')": "boolean", "input.id.matches('(?=a)')": "FC4111 '(?=a)'", "input.id.matches('(')": "FC4111 '('", "math.round(input.total)": "integer", "math.sqrt(2)": "FC3102 math.sqrt(2)", "run.now.getHours()": "integer", "input.id.getHours()": "FC4106 input.id", "string(input.tags)": "FC4106 input.tags", "json(input.tags)": "string",
    "duration('5 minutes')": "FC4106 duration('5 minutes')", "timestamp('2026-01-01')": "FC4106 timestamp('2026-01-01')", "int('abc')": "FC4106 int('abc')", "chunk(input.tags, 0)": "FC4106 chunk(input.tags, 0)", "run.now.getHours('Mars/Base')": "FC4106 run.now.getHours('Mars/Base')", "run.now.getHours('Asia/Tokyo')": "integer", "Math.round(2.5)": "FC3100 Math",
    "sze(input.tags)": "FC3102 sze(input.tags)", "constructor(1)": "FC3102 constructor(1)", "input.id.toString()": "FC3102 input.id.toString()", "input.__proto__": "FC3101 __proto__", "int('4')": "integer", "timestamp(input.id)": "timestamp", "untrusted(input.id)": "string", "size(input.label)": "FC4105 input.label", "string(input.label)": "string",
  });
  it.each([
    ["input.tags.length()", "size(x)"], ["input.id.toLowerCase()", "lowerAscii"], ["input.tags.includes('a')", "x in xs"], ["input.tags.some(t, t == 'a')", "exists"], ["parseInt(input.id)", "int(x)"], ["now()", "run.now"], ["JSON.stringify(input.tags)", "json(x)"],
    ["input.tags.first", "input.tags.first()"], ["input.items.sum(x, x.qty)", "input.items.map(x, …).sum()"], ["input.items.sortBy(x, x.qty)", "sortBy(xs, 'field')"], ["input.total > '5'", "without quotes: `5`"], ["input.urgent == 'true'", "without quotes"], ["input.tags[-1]", "`last(input.tags)`"], ["input.tags[?-1]", "`last(input.tags)`"], ["run.now > '2026-01-01'", "timestamp('2026-01-01')"], ["input.id < run.now", "`timestamp(input.id)`"], ["run.now == input.id", "`timestamp(input.id)`"], ["run.now - input.id", "`timestamp(input.id)`"], ["run.now + '1h'", "`duration('1h')`"], ["duration('1h') < input.id", "`duration(input.id)`"], ["'at ' + run.now", "`string(run.now)`"], ["input.id + run.now", "`string(run.now)`"],
    ["run.now.year", "getFullYear()"], ["input.items.count", "size(input.items)"], ["input.customer.mail", "`input.?customer.mail.orValue(…)`, or test `has(input.customer.mail)` first"], ["lenght(input.tags)", "size(x)"], ["input.?note != null", "write `has(input.note)`"], ["steps.?found == null", "write `!has(steps.found)`"], ["first(input.tags) != null", "hasValue()"], ["input.id || 'x'", "orValue"], ["input.label || 'x'", "a != null ? a : b"], ["input.tags.fliter(x, true)", "filter"], ["size(5)", "size(x)"], ["input.id.orValue('')", "leave `.orValue(…)` out"],
  ])("%s → %s", (text, hint) => expect(hintOf(text)).toContain(hint));
});

describe("indexes into unions", () => {
  const scope = {
    ...SCOPE,
    vars: new Map<string, Type>([["input", objectOf({ lists: { kind: "union", of: [{ kind: "list", items: STRING }, { kind: "list", items: NUMBER }] }, key: enumOf("a", "b"), two: objectOf({ a: STRING, b: NUMBER }), maybe: nullable({ kind: "list", items: STRING }) })]]),
  };
  it.each([["input.lists[0]", "string | number"], ["input.two[input.key]", "string | number"], ["input.maybe[0]", "FC4105 input.maybe"], ["input.maybe != null ? input.maybe[0] : ''", "string"], ["input.lists.map(x, x)", "(string | number)[]"]])("%s", (text, expected) => expect(verdict(text, scope)).toBe(expected));
});
