import { describe, expect, it } from "vitest";
import { StepError } from "../../src/core/errors.js";
import { NUMBER, objectOf, STRING, type Type } from "../../src/core/type.js";
import { compileExpr } from "../../src/expr/evaluate.js";
import { Duration, Timestamp } from "../../src/expr/evaluate/time.js";
import { parseExpr } from "../../src/expr/parse.js";
import { evaluate, SCOPE, VALUES } from "./check-text.js";

const table = (rows: Readonly<Record<string, unknown>>) => it.each(Object.entries(rows));

describe("numbers", () => {
  table({
    "7 / 2": 3.5, "7 % 3": 1, "-7 % 3": -1, "5.5 % 2": 1.5, "1 + 2 * 3": 7, "(1 + 2) * 3": 9, "1 + 0.5": 1.5, "-input.count": -3, "- (1 + 2)": -3,
    "1 / 0": Infinity, "-1 / 0": -Infinity, "int(7.9)": 7, "int(-7.9)": -7, "int('42')": 42, "double('1.5')": 1.5, "1 == 1.0": true, "0 == -0": true,
    "input.total / input.count * 60 < 30": false, "0 / 0 < 1": false, "0 / 0 >= 1": false, "0 / 0 == 0 / 0": false, "0 / 0 != 0 / 0": true,
    "math.round(2.5)": 3, "math.round(-2.5)": -3, "math.floor(-1.5)": -2, "math.ceil(1.2)": 2, "math.trunc(-1.7)": -1, "math.abs(-3)": 3, "math.sign(-3)": -1,
    "math.greatest(1, 5, 3)": 5, "math.least(1, 5, 3)": 1, "min(3, 1, 2)": 1, "max([3, 1])": 3, "sum([])": 0, "sum([1, 2.5])": 3.5, "avg([1, 2])": 1.5,
    "0x10": 16, "1e3": 1000, "int(run.now)": 1769862615,
  })("%s", (text, value) => expect(evaluate(text)).toEqual(value));

  it("gives NaN where a value is NaN, in whatever order", () => {
    expect(evaluate("max(1, 0 / 0)")).toBeNaN();
    expect(evaluate("max(0 / 0, 1)")).toBeNaN();
    expect(evaluate("math.least(1, 0 / 0, 2)")).toBeNaN();
  });
});

describe("texts", () => {
  table({
    "'a' + 'b'": "ab", "'a' < 'b'": true, "'B' < 'a'": true, "'a' == \"a\"": true, "size('añ😀')": 3, "'abc'.contains('b')": true, "'abc'.startsWith('b')": false, "'abc'.endsWith('c')": true,
    "'Ab'.lowerAscii()": "ab", "'Éb'.upperAscii()": "ÉB", "' a '.trim()": "a", "'a,b,c'.split(',')": ["a", "b", "c"], "'a,b,c'.split(',', 2)": ["a", "b,c"], "'a,b'.split(',', 0)": [],
    "'aaa'.replace('a', '$&')": "$&$&$&", "'aaa'.replace('a', 'b', 2)": "bba", "'aaa'.replace('a', 'b', -1)": "bbb", "'aaa'.replace('a', 'b', 0)": "aaa",
    "'abcd'.substring(1, 3)": "bc", "'abcd'.substring(2)": "cd", "'abca'.indexOf('a')": 0, "'abca'.lastIndexOf('a')": 3, "'abc'.indexOf('x')": -1, "'abc'.charAt(1)": "b", "'abc'.charAt(9)": "",
    "['a', 'b'].join('-')": "a-b", "[1, 2].join()": "12", "'abc'.matches('^a.c$')": true, "'abc'.matches('B')": false, "matches('abc', 'b')": true,
    "string(1.5)": "1.5", "string(true)": "true", "string(null)": "null", "bool('true')": true, "json({'a': [1, null]})": '{"a":[1,null]}', "'it\\'s'": "it's", "'''a'b'''": "a'b",
  })("%s", (text, value) => expect(evaluate(text)).toEqual(value));

  // As `size` counts them: 😀 takes two units of UTF-16, and half of it is no Unicode.
  table({
    "'a😀é'.substring(0, 2)": "a😀", "'a😀é'.substring(2)": "é", "'a😀é'.substring(size('a😀é') - 1)": "é", "'a😀é'.charAt(1)": "😀", "'a😀é'.charAt(9)": "", "'a😀é'.indexOf('é')": 2, "'😀a😀a'.lastIndexOf('a')": 3, "'😀'.indexOf('x')": -1,
    "'a😀'.split('')": ["a", "😀"], "'😀'.replace('', '-')": "-😀-", "'😀a'.replace('', '-', 2)": "-😀-a", "'ab'.replace('', '-', 1)": "-ab",
  })("%s", (text, value) => expect(evaluate(text)).toEqual(value));

  it("is not slow on a pattern that backtracks elsewhere", () => {
    const long: Type = objectOf({ text: STRING });
    expect(evaluate("input.text.matches('^(a+)+$')", { input: { text: `${"a".repeat(5_000)}!` } }, { vars: new Map([["input", long]]), present: new Set() })).toBe(false);
  });

  it("fences what comes from outside so that it cannot close the fence", () => {
    const fenced = String(evaluate("untrusted('a <<<end of data>>> b')"));
    expect(fenced.match(/<<</g)).toHaveLength(2);
    expect(fenced.endsWith("<<<end of data>>>")).toBe(true);
  });
});

describe("lists and objects", () => {
  table({
    "input.items.map(x, x.qty)": [2, 1, 5], "input.items.filter(x, x.qty > 1).map(x, x.sku)": ["a", "c"], "input.items.map(x, x.qty > 1, x.sku)": ["a", "c"],
    "input.items.all(x, x.qty > 0)": true, "input.items.exists(x, x.qty == 5)": true, "input.items.exists_one(x, x.qty > 1)": false, "[].all(x, x > 1)": true,
    "input.items.filter(x, has(x.note)).map(x, x.?note.orValue(''))": ["x"],
    "'a' in ['a', 'b']": true, "[1] in [[1], [2]]": true, "'a' in input.stock": true, "'z' in input.stock": false, "input.stock.map(k, k)": ["a"],
    "sort([3, 1, 2])": [1, 2, 3], "sort(['b', 'a'])": ["a", "b"], "sortBy(input.items, 'qty').map(x, x.sku)": ["b", "a", "c"], "slice([1, 2, 3], 1)": [2, 3], "slice([1, 2, 3], 0, 2)": [1, 2],
    "chunk([1, 2, 3], 2)": [[1, 2], [3]], "flatten(input.grid)": [1, 2, 3], "distinct(input.tags)": ["red", "green"], "distinct([{'a': 1}, {'a': 1}])": [{ a: 1 }], "reverse([1, 2])": [2, 1],
    "first([1, 2])": 1, "last([1, 2])": 2, "first(input.tags.filter(t, t == 'no'))": undefined, "last(input.tags).orValue('x')": "red", "[1] + [2]": [1, 2],
    "merge({'a': 1, 'b': 2}, {'b': 3})": { a: 1, b: 3 }, "{'a': 1} == {'a': 1.0}": true, "[1, [2]] == [1, [2]]": true, "{'a': 1} == {'b': 1}": false, "size({'a': 1})": 1, "size([1, 2])": 2,
    "input.grid[0][1]": 2, "input.tags[?9]": undefined, "input.tags[?9].orValue('none')": "none", "input.names['first name']": "Ada", "input.stock.a.orValue(0)": 4, "input.stock['b'].orValue(0)": 0,
    "input.grid.map(x, x.map(y, y * 2))": [[2, 4], [6]],
  })("%s", (text, value) => expect(evaluate(text)).toEqual(value));

  it("keeps variables of nested comprehensions apart, also where they have the same name", () => {
    expect(evaluate("[1, 2].map(x, [10].map(x, [100].map(y, x + y)))")).toEqual([[[110]], [[110]]]);
    expect(evaluate("[1, 2].map(x, [10].map(x, x + 1)[0] + x)")).toEqual([12, 13]);
    expect(evaluate("[1].map(input, input + 1)")).toEqual([2]);
    expect(evaluate("[[1], [2]].map(xs, xs.map(x, size(xs) + x))")).toEqual([[2], [3]]);
  });

  it("finds equal objects among many, whatever the order of their keys", () => {
    const scope = { vars: new Map<string, Type>([["input", objectOf({ xs: { kind: "list", items: objectOf({ a: NUMBER, b: NUMBER }) } })]]), present: new Set<string>() };
    const xs = Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? { a: index, b: 0 } : { b: 0, a: index - 1 }));
    expect(evaluate("size(distinct(input.xs))", { input: { xs } }, scope)).toBe(10_000);
    expect(evaluate("distinct([run.now, timestamp('2026-01-31T12:30:15.250Z'), run.now + duration('1s')]).size()")).toBe(2);
    expect(evaluate("distinct([[1, [2]], [1, [2]], [1, [3]]])")).toEqual([[1, [2]], [1, [3]]]);
  });

  it("nor how deep they are, nor what their texts look like: each is compared with those that may be equal to it alone", () => {
    const scope = { vars: new Map<string, Type>([["input", objectOf({ xs: { kind: "list", items: objectOf({}, "open") } })]]), present: new Set<string>() };
    const nested = Array.from({ length: 60_000 }, (_, index) => ({ a: { b: index % 50_000 } }));
    expect(evaluate("size(distinct(input.xs))", { input: { xs: nested } }, scope)).toBe(50_000);
    const alike = [{ a: "1,b=2" }, { a: "1", b: "2" }, { a: 1, b: 2 }, { b: 2, a: 1 }, { a: "1", b: "2" }];
    expect(evaluate("size(distinct(input.xs))", { input: { xs: alike } }, scope)).toBe(3);
  });

  it("sorts what has no value last", () => {
    expect(evaluate("sortBy(input.items, 'note').map(x, x.sku)")).toEqual(["a", "b", "c"]);
    const values = { ...VALUES, input: { ...VALUES.input, items: [{ sku: "a", qty: 1 }, { sku: "b", qty: 1, note: "z" }, { sku: "c", qty: 1 }, { sku: "d", qty: 1, note: "b" }] } };
    expect(evaluate("sortBy(input.items, 'note').map(x, x.sku)", values)).toEqual(["d", "b", "a", "c"]);
    expect(evaluate("sort([2, 0 / 0, 1])")).toEqual([1, 2, Number.NaN]);
  });
});

describe("absent values", () => {
  table({
    "has(input.note)": false, "has(input.size)": true, "has(input.customer.mail)": false, "has(steps.found)": false, "has(steps.found.id)": false, "has(input.stock.a)": true, "has(input.parent.id)": false, "has(input.items[0].note)": true,
    "has(input.items[9].note)": false, "input.?note": undefined, "input.?note.orValue('-')": "-", "steps.?found.id.orValue('-')": "-", "input.?size.orValue(9)": 2, "input.?customer.?mail.orValue('m')": "m", "input.parent.?id.orValue('p')": "p",
    "input.?note.or(optional.of('x')).value()": "x", "input.?note.hasValue()": false, "input.?size.optMap(s, s + 1)": 3, "input.?note.optMap(n, n + '!')": undefined, "input.?customer.optFlatMap(c, c.?mail)": undefined,
    "optional.none()": undefined, "has(input.note) ? input.note : 'no'": "no", "input.label == null": true, "input.label != null && input.label.contains('x')": false, "event.data.deep[1]": 2, "has(event.data.none)": false,
  })("%s", (text, value) => expect(evaluate(text)).toEqual(value));

  table({
    "input.tags[9]": "`input.tags[9]`: there is no element 9, the list has 3", "input.tags[-size(input.tags)]": "no element -3", "input.?note.value()": "`input.?note.value()`: an empty optional has no value", "event.none": "`event.none` is not there", "event.seq + 'x'": "`event.seq + 'x'`",
    "min([])": "`min([])`: `min` of an empty list", "avg(input.numbers.filter(n, n > 9))": "empty list", "int('abc'.trim())": "`int('abc'.trim())`: `abc` is no number", "bool('yes'.trim())": "neither true nor false", "chunk([1], size([]))": "a whole number from 1 on",
    "input.id.matches(input.id + '(')": "is no pattern", "timestamp('2026-01-01'.trim())": "no timestamp", "timestamp('2026-01-01T00:00:00'.trim())": "no timestamp", "timestamp('2026-02-30T00:00:00Z'.trim())": "no timestamp", "duration('5 minutes'.trim())": "no duration",
    "run.now.getHours('Mars/Base'.trim())": "no time zone", "string(timestamp(1e20))": "outside the years", "json(1 / 0)": "cannot be data",
  })("%s raises", (text, message) => {
    const run = (): unknown => evaluate(text);
    expect(run).toThrow(StepError);
    expect(run).toThrow(String(message));
  });
});

describe("conditions", () => {
  table({
    "true && false": false, "true || false": true, "!true": false, "!(1 > 2) && !input.urgent": false, "input.urgent ? 1 : 2": 1, "input.kind == 'web'": true, "input.kind in ['shop', 'web']": true,
    "false && input.tags[9] == 'x'": false, "true || input.tags[9] == 'x'": true, "true == (1 < 2)": true, "false < true": true,
    "input.shape.kind == 'circle' ? 1 : 0": 1,
  })("%s", (text, value) => expect(evaluate(text)).toBe(value));
});

describe("time", () => {
  table({
    "string(run.now)": "2026-01-31T12:30:15.250Z", "string(run.now + duration('1h30m'))": "2026-01-31T14:00:15.250Z", "string(duration('1h') - duration('90s'))": "3510s", "string(run.now - timestamp('2026-01-31T12:30:15Z'))": "0.25s",
    "run.now > timestamp('2026-01-31T13:30:15+01:00')": true, "run.now == timestamp('2026-01-31t12:30:15.250z')": true, "run.now.getFullYear()": 2026, "run.now.getMonth()": 0, "run.now.getDate()": 31, "run.now.getDayOfMonth()": 30, "run.now.getDayOfWeek()": 6,
    "run.now.getDayOfYear()": 30, "run.now.getHours()": 12, "run.now.getMinutes()": 30, "run.now.getSeconds()": 15, "run.now.getMilliseconds()": 250, "run.now.getHours('Asia/Tokyo')": 21, "run.now.getDate('Pacific/Auckland')": 1,
    "duration('90m').getHours()": 1, "duration('90m').getMinutes()": 90, "duration('-1.5s').getMilliseconds()": -1500, "duration('1d') == duration('24h')": true, "max([duration('1m'), duration('61s')]) == duration('61s')": true,
    "distinct([run.now, run.now]).size()": 1,
  })("%s", (text, value) => expect(evaluate(text)).toBe(value));

  it("gives instants and lengths of time their own values", () => {
    expect(evaluate("run.now + duration('1s')")).toBeInstanceOf(Timestamp);
    expect(evaluate("run.now - run.now")).toEqual(new Duration(0));
  });
});

describe("names that every object inherits", () => {
  const NAMES = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "length", "map", "0"];
  const map: Type = objectOf({}, NUMBER);
  const scope = { ...SCOPE, vars: new Map<string, Type>([["input", objectOf({ m: map })], ["event", { kind: "any", dynamic: true }], ["steps", objectOf({}, map)]]) };

  it.each(NAMES)("%s is absent unless it is there", (name) => {
    const holding: unknown = JSON.parse(`{"m":{"${name}":1}}`);
    for (const [input, found] of [[{ m: {} }, undefined], [holding, 1]] as const) {
      const values = { input, event: input, steps: Object.create(Object.create(null)) };
      for (const text of [`input.m['${name}']`, `input.m[?'${name}']`, `input.m['${name}' + '']`, `event.m[?'${name}']`]) expect(evaluate(text, values, scope)).toBe(found);
      expect(evaluate(`has(input.m['${name}'])`, values, scope)).toBe(found === 1);
      expect(evaluate(`'${name}' in input.m`, values, scope)).toBe(found === 1);
      expect(evaluate(`steps['${name}']`, values, scope)).toBeUndefined();
      expect(evaluate(`[event].map(x, x.m[?'${name}'].orValue(0))`, values, scope)).toEqual([found ?? 0]);
    }
  });

  it("holds a field called __proto__ as any other", () => {
    const made = evaluate("merge({'__proto__': {'x': 1}}, {'y': 2})");
    expect(Object.keys(Object(made))).toEqual(["__proto__", "y"]);
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  });

  it("reads no field of a list or a text that no schema knows", () => {
    for (const value of [[1, 2], "text", 5, true, null]) {
      for (const name of NAMES) expect(evaluate(`has(event['${name}'])`, { event: value }, scope)).toBe(false);
    }
  });

  it("reads steps of the blocks around, and nothing behind them", () => {
    const outer = Object.assign(Object.create(null), { a: { n: 1 }, constructor: { n: 2 } });
    const steps = Object.assign(Object.create(outer), { b: { n: 3 } });
    expect(evaluate("[steps.a.n.orValue(0), steps.b.n.orValue(0), steps.constructor.n.orValue(0), steps.toString.n.orValue(0)]", { steps }, scope)).toEqual([1, 3, 2, 0]);
  });
});

it("refuses an unknown function when it is compiled", () => {
  const parsed = parseExpr("constructor(1)");
  expect(parsed.ok).toBe(true);
  if (parsed.ok) expect(() => compileExpr(parsed.expr.ast, parsed.expr.text)).toThrow("there is no function");
});
