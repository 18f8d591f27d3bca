import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.js";
import { compileValidator } from "../../src/schema/validator.js";

const issues = (schema: JsonObject, value: unknown) => compileValidator(schema)(value)?.map((issue) => issue.message) ?? null;

const ITEM: JsonObject = { type: "object", properties: { qty: { type: "integer", minimum: 1 }, sku: { type: "string" } }, required: ["qty"], additionalProperties: false };
const ORDER: JsonObject = { type: "object", properties: { total: { type: "number" }, items: { type: "array", items: ITEM }, mode: { enum: ["fast", "slow"] } }, required: ["total"] };

describe("messages of a validator", () => {
  it.each<[JsonObject, unknown, string[] | null]>([
    [ORDER, { total: 1, items: [{ qty: 2 }] }, null],
    [ORDER, { total: "12" }, ['total must be a number, but is "12"']],
    [ORDER, {}, ["total is missing"]],
    [ORDER, 5, ["the value must be an object, but is 5"]],
    [ORDER, { total: 1, items: [{ qty: 1 }, { qty: 0 }] }, ["items[1].qty must be at least 1, but is 0"]],
    [ORDER, { total: 1, items: [{ qty: 1.5 }] }, ["items[0].qty must be an integer, but is 1.5"]],
    [ORDER, { total: 1, items: [{ qty: 1, suk: "x" }] }, ["items[0].suk is no field of this object; did you mean `sku`?"]],
    [ORDER, { total: 1, mode: "fats" }, ['mode must be one of "fast", "slow", but is "fats"; did you mean "fast"?']],
    [ORDER, { total: "x", items: 1, mode: 2 }, ['total must be a number, but is "x"', "items must be a list, but is 1", 'mode must be one of "fast", "slow", but is 2']],
    [{ type: "string", minLength: 1 }, "", ["the value must not be empty"]],
    [{ type: "string", maxLength: 2 }, "😀😀", null],
    [{ type: "string", pattern: "^[a-z]+$" }, "A", ['the value must match `^[a-z]+$`, but is "A"']],
    [{ type: "string", format: "date-time" }, "yesterday", ['the value must be a time such as 2026-01-31T12:00:00Z, but is "yesterday"']],
    [{ type: "object", properties: { "a b": { type: "null" } } }, { "a b": 1 }, ['["a b"] must be null, but is 1']],
    [{ type: "array", uniqueItems: true }, [1, 2, 1], ["[2] is 1, which stands in the list already"]],
    [{ type: "object", dependentRequired: { card: ["cvc"] } }, { card: 1 }, ["cvc is missing, and `card` needs it"]],
    [{ type: "object", unevaluatedProperties: false, allOf: [{ properties: { a: {} } }] }, { b: 1 }, ["the value must NOT have unevaluated properties"]],
  ])("%j with %j", (schema, value, expected) => {
    expect(issues(schema, value)).toEqual(expected);
  });

  it("stops at 20 issues", () => {
    expect(issues({ type: "array", items: { type: "string" } }, Array.from({ length: 10_000 }, (_, index) => index))).toHaveLength(20);
  });
});

describe("several forms", () => {
  const forms: JsonObject = {
    oneOf: [
      { type: "object", properties: { kind: { const: "card" }, number: { type: "string" }, cvc: { type: "string" } }, required: ["kind", "number", "cvc"] },
      { type: "object", properties: { kind: { const: "cash" }, amount: { type: "number" } }, required: ["kind", "amount"] },
      { type: "string" },
    ],
  };
  it.each<[unknown, string[]]>([
    [{ kind: "card", number: "1" }, ["cvc is missing"]],
    [{ kind: "cash", amount: "1" }, ['amount must be a number, but is "1"']],
    [{ kind: "cahs", amount: 1 }, ['kind must be "cash", but is "cahs"']],
    [{ amount: 1 }, ["kind is missing"]],
  ])("explains the closest for %j, not all", (value, expected) => {
    expect(issues(forms, value)).toEqual(expected);
  });

  it("of plain types names them all", () => {
    expect(issues({ anyOf: [{ type: "string" }, { type: "integer" }] }, true)).toEqual(["the value must be a string or an integer, but is true"]);
  });

  it("that fit more than once are told so", () => {
    expect(issues({ oneOf: [{ type: "number" }, { type: "integer" }] }, 1)).toEqual(["the value fits 2 of the forms that it may have, but must fit exactly one"]);
  });
});

describe("what a message may try", () => {
  it("whole numbers beyond what JSON holds break an integer", () => {
    expect(issues({ type: "integer" }, 9007199254740991)).toBeNull();
    expect(issues({ type: "integer" }, JSON.parse("9007199254740993"))).toEqual(["the value is 9007199254740992, beyond the whole numbers that JSON holds exactly (±9007199254740991)"]);
    expect(issues({ type: "integer", maximum: 1e300 }, -1e20)).toHaveLength(1);
    expect(issues({ type: "number" }, 1e20)).toBeNull();
  });

  it("`__proto__` in data is a field like any other and changes nothing", () => {
    const value: unknown = JSON.parse('{ "__proto__": { "polluted": true } }');
    expect(issues({ type: "object", properties: {}, additionalProperties: false }, value)).toEqual(["__proto__ is no field of this object"]);
    expect(issues({ type: "object" }, value)).toBeNull();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it("a required `toString` must be the message's own", () => {
    expect(issues({ type: "object", properties: { toString: { type: "string" } }, required: ["toString"] }, {})).toEqual(["toString is missing"]);
  });

  it.each<[string, JsonObject, unknown, string[] | null]>([
    ["fields that fit theirs", { properties: { a: { pattern: "^a+$" }, b: { pattern: "^b+$" } } }, { a: "a", b: "b" }, null],
    ["a field that fits the other's", { properties: { a: { pattern: "^a+$" }, b: { pattern: "^b+$" } } }, { a: "a", b: "a" }, ['b must match `^b+$`, but is "a"']],
    ["names", { patternProperties: { "^n_": { type: "number" }, "^s_": { type: "string" } } }, { n_a: 1, s_a: "x" }, null],
    ["a name of the second", { patternProperties: { "^n_": { type: "number" }, "^s_": { type: "string" } } }, { s_a: 1 }, ['s_a must be a string, but is 1']],
    ["a name and a value", { patternProperties: { "^n_": { pattern: "^[0-9]$" } } }, { n_a: "1" }, null],
  ])("each pattern of a schema is its own: %s", (_, schema, value, said) => {
    expect(issues({ type: "object", ...schema }, value)).toEqual(said);
  });

  it("a pattern that explodes in a backtracking engine takes no time", () => {
    const started = performance.now();
    expect(issues({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(50_000)}!`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("deep data does not exhaust the stack", () => {
    const list: JsonObject = { $ref: "#/$defs/L", $defs: { L: { type: "array", items: { $ref: "#/$defs/L" } } } };
    let value: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) value = [value];
    expect(issues(list, value)).toEqual(["the value is nested too deeply"]);
  });
});

describe("values that somebody made to be slow", () => {
  const many = 100_000;

  it("a long list is compared with itself once, of numbers and of objects", () => {
    const numbers = Array.from({ length: many }, (_, at) => at);
    expect(issues({ type: "array", uniqueItems: true, items: { type: "number" } }, [...numbers, 7])).toEqual([`[${many}] is 7, which stands in the list already`]);
    const objects = numbers.map((at) => ({ a: at, b: null }));
    expect(issues({ type: "array", uniqueItems: true }, objects)).toBeNull();
    expect(issues({ type: "array", uniqueItems: true }, [...objects, { b: null, a: 7 }])).toEqual([`[${many}] is {"b":null,"a":7}, which stands in the list already`]);
    expect(issues({ type: "array", uniqueItems: true }, [1, "1", true, "true", null, "null", [1], "[1]", { a: 1 }, '{"a":1}'])).toBeNull();
  });

  it("of very many unknown fields the first are told", () => {
    const properties = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`property${at}`, { type: "string" }]));
    const value = Object.fromEntries(Array.from({ length: many }, (_, at) => [`unknown${at}`, at]));
    expect(issues({ type: "object", properties, additionalProperties: false }, value)).toHaveLength(20);
  });

  // Of two that hold each other each level would be looked at twice as often as the one around it.
  it.each(["anyOf", "oneOf"])("forms of %s that hold each other: each value is looked at once", (keyword) => {
    const form = (kind: string): JsonObject => ({ type: "object", properties: { of: { type: "array", items: { $ref: "#/$defs/E" } }, kind: { const: kind } }, required: ["kind", "of"] });
    const schema: JsonObject = { $ref: "#/$defs/E", $defs: { E: { [keyword]: [form("and"), form("or"), { type: "string" }] } } };
    const nested = (leaf: unknown): unknown => Array.from({ length: 30 }).reduce((inner) => ({ kind: "or", of: [inner] }), leaf);
    expect(issues(schema, nested("x"))).toBeNull();
    expect(issues(schema, nested(5))).toEqual([expect.stringMatching(/^(of\[0\]\.?){30} must be an object, but is 5$/)]);
  });
});
