import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignable } from "../../../src/core/typing/assign.js";
import { join, joinAll } from "../../../src/core/typing/join.js";
import { describeType, printType } from "../../../src/core/typing/print.js";
import { elementType, property } from "../../../src/core/typing/property.js";
import { similar } from "../../../src/core/typing/similar.js";
import { ANY, BOOLEAN, DURATION, INTEGER, listOf, NEVER, NULL, NUMBER, objectOf, optionalOf, STRING, TIMESTAMP, type Field, type Type } from "../../../src/core/type.js";
import type { TypeEnv } from "../../../src/schema/environment.js";
import { lowerType } from "../../../src/schema/lower.js";
import { conforms, randomType } from "../../support/random-schema.js";

const constant = (value: string | number | boolean): Type => ({ kind: "const", value });
const union = (...of: readonly Type[]): Type => ({ kind: "union", of });
const maybe = (type: Type, why?: string): Field => ({ type, required: false, ...(why === undefined ? {} : { why }) });
const recursive = (make: (self: Type) => Type, name = "Tree"): Type => {
  const self: Type = { kind: "ref", name, get: () => whole };
  const whole = make(self);
  return self;
};

describe("printType", () => {
  it.each<[Type, string]>([
    [STRING, "string"], [INTEGER, "integer"], [constant("a"), '"a"'], [union(constant("a"), constant("b")), '"a" | "b"'], [listOf(STRING), "string[]"], [listOf(union(STRING, NULL)), "(string | null)[]"], [listOf(NEVER), "[]"],
    [objectOf({ id: STRING, note: maybe(STRING) }), "{ id: string, note?: string }"], [objectOf({ "a b": STRING }), '{ "a b": string }'], [objectOf({}), "{}"], [objectOf({}, "open"), "object"], [objectOf({ a: STRING }, "open"), "{ a: string, … }"], [objectOf({}, NUMBER), "{ [key]: number }"],
    [{ ...objectOf({ id: STRING }), name: "Order" }, "Order"], [optionalOf(STRING), "optional string"], [recursive((self) => objectOf({ next: self })), "Tree"], [objectOf({ a: objectOf({ b: objectOf({ c: STRING }) }) }), "{ a: { b: { c: string } } }"],
  ])("%#", (type, text) => expect(printType(type)).toBe(text));

  it("is short", () => {
    const wide = objectOf(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`field${index}`, objectOf({ a: STRING })])));
    expect(printType(wide).length).toBeLessThanOrEqual(82);
    expect(printType(recursive((self) => listOf(self))).length).toBeLessThan(20);
  });
  it("reads well in sentences", () => {
    expect([STRING, INTEGER, NULL, TIMESTAMP, listOf(STRING), constant("a"), objectOf({})].map(describeType)).toEqual(["a string", "an integer", "null", "a timestamp", "a list (`string[]`)", 'the string `"a"`', "`{}`"]);
  });
});

describe("join", () => {
  it.each<[Type, Type, string]>([
    [STRING, STRING, "string"], [STRING, NUMBER, "string | number"], [INTEGER, NUMBER, "number"], [constant("a"), STRING, "string"], [constant("a"), constant("b"), '"a" | "b"'], [constant("a"), constant("a"), '"a"'], [constant(true), constant(false), "boolean"],
    [NEVER, STRING, "string"], [STRING, NULL, "string | null"], [optionalOf(STRING), NUMBER, "optional string | number"], [ANY, STRING, "any"], [listOf(STRING), listOf(NUMBER), "(string | number)[]"], [listOf(NEVER), listOf(STRING), "string[]"],
    [objectOf({ a: STRING }), objectOf({ a: STRING }), "{ a: string }"], [objectOf({ a: constant("x") }), objectOf({ a: STRING }), "{ a: string }"], [objectOf({ a: STRING }), objectOf({ a: STRING, b: STRING }), "{ a: string } | { a: string, b: string }"], [TIMESTAMP, STRING, "timestamp | string"],
  ])("%#", (a, b, text) => expect(printType(join(a, b))).toBe(text));

  it("does not count on what an open object holds beside its fields", () => {
    const one: Type = { kind: "object", fields: new Map([["items", { type: STRING, required: false }]]), rest: "open" };
    const other: Type = { kind: "object", fields: new Map(), rest: "open" };
    expect(join(one, other)).toMatchObject({ kind: "union", of: { length: 2 } });
  });

  it("is linear for long enums", () => {
    const words = Array.from({ length: 5_000 }, (_, index) => constant(`w${index}`));
    expect(joinAll([...words, ...words])).toMatchObject({ kind: "union", of: { length: 5_000 } });
  });
  it("ends for types that are lists of themselves", () => {
    const [a, b] = [recursive((self) => union(STRING, listOf(self)), "A"), recursive((self) => union(NUMBER, listOf(self)), "B")];
    expect(printType(join(a, b))).toContain("string");
    expect(assignable(recursive((self) => listOf(self), "A"), recursive((self) => listOf(self), "B"))).toBeNull();
  });
});

describe("assignable", () => {
  const named: Type = { ...objectOf({ id: STRING }), name: "Order" };
  const tree = (name: string): Type => recursive((self) => objectOf({ value: STRING, children: listOf(self) }), name);
  it.each<[string, Type, Type]>([
    ["integer → number", INTEGER, NUMBER], ["whole constant → integer", constant(2), INTEGER], ["constant → enum", constant("a"), union(constant("a"), constant("b"))], ["enum → string", union(constant("a"), constant("b")), STRING], ["boolean → true | false", BOOLEAN, union(constant(true), constant(false))],
    ["timestamp → string", TIMESTAMP, STRING], ["duration → string", DURATION, STRING], ["anything → any", STRING, ANY], ["never → anything", NEVER, NUMBER], ["string → union with any", STRING, union(NUMBER, ANY)], ["any → union with any", ANY, union(NULL, ANY)], ["dynamic → anything", { kind: "any", dynamic: true }, named],
    ["more fields → open", objectOf({ a: STRING, b: NUMBER }), objectOf({ a: STRING }, "open")], ["absent optional", objectOf({}), objectOf({ a: maybe(STRING) })], ["closed → map", objectOf({ a: INTEGER }), objectOf({}, NUMBER)], ["map → open", objectOf({}, NUMBER), objectOf({}, "open")],
    ["one of a tagged union", objectOf({ kind: constant("a"), n: NUMBER }), union(objectOf({ kind: constant("a"), n: NUMBER }), objectOf({ kind: constant("b") }))], ["recursive", tree("A"), tree("B")], ["list of constants → list", { kind: "list", items: constant(1), length: 3 }, listOf(NUMBER)], ["optional → optional", optionalOf(STRING), optionalOf(STRING)],
  ])("%s", (_, from, to) => expect(assignable(from, to)).toBeNull());

  it.each<[string, Type, Type, string, string]>([
    ["number → integer", NUMBER, INTEGER, "", "expected `integer`, found `number`"], ["fraction → integer", constant(1.5), INTEGER, "", "expected `integer`"], ["string → enum", STRING, union(constant("a"), constant("b")), "", 'expected `"a" | "b"`, found `string`'], ["other constant", constant("c"), union(constant("a"), constant("b")), "", 'found `"c"`'],
    ["null", union(STRING, NULL), STRING, "", "may be null"], ["optional", optionalOf(STRING), STRING, "", "may be absent"], ["any", ANY, STRING, "", "no declared type"], ["string → timestamp", STRING, TIMESTAMP, "", "expected `timestamp`"],
    ["missing", objectOf({}), named, "", "`id` is missing: `Order` requires it"], ["inside", objectOf({ a: objectOf({ b: NUMBER }) }), objectOf({ a: objectOf({ b: STRING }) }), "a.b", "expected `string`, found `number`"], ["element", listOf(objectOf({ a: NUMBER })), listOf(objectOf({ a: STRING })), "[].a", "expected `string`"],
    ["optional field", objectOf({ a: maybe(STRING, "the step has a `when`") }), objectOf({ a: STRING }), "a", "may be absent (the step has a `when`)"], ["extra", objectOf({ id: STRING, x: STRING }), named, "", "`x` is no field of `Order`"], ["open → closed", objectOf({ id: STRING }, "open"), named, "", "may hold more fields"],
    ["open → map", objectOf({}, "open"), objectOf({}, NUMBER), "", "fields of any type"], ["map value", objectOf({}, STRING), objectOf({}, NUMBER), "[key]", "expected `number`"], ["map → optional field", objectOf({}, NUMBER), objectOf({ a: maybe(STRING) }, "open"), "a", "expected `string`"],
    ["the meant member", objectOf({ kind: constant("a"), n: STRING }), union(objectOf({ kind: constant("a"), n: NUMBER }), objectOf({ kind: constant("b") })), "n", "expected `number`, found `string`"],
  ])("not %s", (_, from, to, path, message) => {
    const mismatch = assignable(from, to);
    expect(mismatch?.path.join(".")).toBe(path);
    expect(mismatch?.message).toContain(message);
  });
});

describe("types of many forms", () => {
  /** Forms that hold forms, each written out: nothing is the same object. */
  const tower = (forms: number, levels: number, last: Type): Type => {
    let at = last;
    for (let level = 0; level < levels; level++) {
      const inner = at;
      at = union(...Array.from({ length: forms }, (_, index) => objectOf({ inner, [`form${index}`]: maybe(STRING) })));
    }
    return at;
  };
  it("are compared once, however many ways lead to them", () => {
    expect(assignable(tower(8, 8, STRING), tower(8, 8, STRING))).toBeNull();
    expect(assignable(tower(8, 8, STRING), tower(8, 8, NUMBER))).not.toBeNull();
  });

  /** `last` stands at the end of each form, so that what fits meanwhile may have to be taken back. */
  const forest = (name: string, last: Type): Type => recursive((self) => union(STRING, ...Array.from({ length: 12 }, (_, index) => objectOf({ left: self, right: self, [`form${index}`]: maybe(last) }))), name);
  it("may contain themselves", () => {
    expect(assignable(forest("A", STRING), forest("B", STRING))).toBeNull();
    expect(assignable(forest("A", STRING), forest("B", NUMBER))).not.toBeNull();
  });

  it("what fits only where something else does is not kept where that does not", () => {
    const [a, b] = [recursive((self) => objectOf({ other: listOf(self), n: STRING }), "A"), recursive((self) => objectOf({ other: listOf(self), n: NUMBER }), "B")];
    const from = objectOf({ x: a, y: objectOf({ other: listOf(a), n: STRING }) });
    const lists = union(objectOf({ x: b }, "open"), objectOf({ x: objectOf({ other: ANY, n: STRING }), y: objectOf({ other: listOf(b), n: STRING }) }));
    expect(assignable(from, lists)).not.toBeNull();
  });

  it("a long enum and a field of many forms take no time", () => {
    const words = (): Type => union(...Array.from({ length: 10_000 }, (_, index) => constant(`w${index}`)));
    expect(assignable(words(), words())).toBeNull();
    const forms = union(...Array.from({ length: 2_000 }, (_, index) => objectOf({ kind: constant(`k${index}`) })));
    expect(property(forms, "kind")).toMatchObject({ kind: "field", required: true, type: { of: { length: 2_000 } } });
  });
});

describe("property", () => {
  const shape = union(objectOf({ kind: constant("circle"), r: NUMBER }), objectOf({ kind: constant("box"), w: NUMBER, label: maybe(STRING) }));
  it.each<[string, Type, string, object]>([
    ["required", objectOf({ a: STRING }), "a", { kind: "field", required: true, type: STRING }], ["optional with a reason", objectOf({ a: maybe(STRING, "why") }), "a", { kind: "field", required: false, why: "why" }], ["map", objectOf({}, NUMBER), "x", { kind: "map", type: NUMBER }], ["absent", objectOf({ a: STRING }), "b", { kind: "absent", known: ["a"] }],
    ["absent in open", objectOf({ a: STRING }, "open"), "b", { kind: "absent" }], ["inherited name", objectOf({}), "constructor", { kind: "absent" }], ["in all members", shape, "kind", { kind: "field", required: true }], ["in one member", shape, "r", { kind: "field", required: false, why: "not every case has it" }], ["in no member", shape, "x", { kind: "absent", known: ["kind", "r", "w", "label"] }],
    ["of null or an object", union(objectOf({ a: STRING }), NULL), "a", { kind: "field", required: false, why: "the value may be null" }], ["text", STRING, "a", { kind: "unreadable" }], ["any", ANY, "a", { kind: "unreadable" }], ["dynamic", { kind: "any", dynamic: true }, "a", { kind: "field", required: true }], ["union with a text", union(objectOf({ a: STRING }), STRING), "a", { kind: "unreadable" }],
    ["optional", optionalOf(objectOf({ a: STRING })), "a", { kind: "field", required: false }], ["recursive", recursive((self) => objectOf({ next: maybe(self) })), "next", { kind: "field", required: false }],
  ])("%s", (_, type, name, found) => expect(property(type, name)).toMatchObject(found));

  it("gives elements of lists and of unions of lists", () => {
    expect(elementType(listOf(STRING))).toBe(STRING);
    expect(elementType(union(listOf(STRING), listOf(NUMBER)))).toEqual(union(STRING, NUMBER));
    expect(elementType(union(listOf(STRING), NULL))).toBeNull();
    expect(elementType(STRING)).toBeNull();
  });
});

describe("similar", () => {
  it.each<[string, readonly string[], string | null]>([
    ["critc", ["writer", "critic"], "critic"], ["orderId", ["order_id", "order"], "order_id"], ["tota", ["total"], "total"], ["form", ["from"], "from"], ["a", ["b"], null], ["xyz", ["total", "items"], null], ["INPUT", ["input"], "input"], ["same", ["same"], null],
    ["reveiw", ["preview", "review"], "review"], ["abcdefghij", ["abcdefg", "abcdefgxyz"], "abcdefg"], ["abcdefghij", ["abcdef"], null],
  ])("%s", (name, candidates, found) => expect(similar(name, candidates)).toBe(found));

  it("is not slow on long names", () => {
    const long = "a".repeat(200_000);
    expect(similar(`${long}b`, [`b${long}`, `${long}c`])).toBe(`${long}c`);
    expect(similar(long, [`${long}bcde`, "b".repeat(200_000)])).toBe(null);
  });
});

describe("random types", () => {
  const types = fc.record({ a: randomType, b: randomType });
  const typeOf = (json: Parameters<typeof lowerType>[0]): Type => {
    const env: TypeEnv = { definitions: new Map(), named: () => null, names: () => [], file: (path) => ({ problem: path }) };
    return lowerType(json, env, "test").type;
  };
  it("what is assignable is valid there; what is joined holds both", () => {
    fc.assert(
      fc.property(types.chain(({ a, b }) => fc.record({ a: fc.constant(a), b: fc.constant(b), value: a.value })), ({ a, b, value }) => {
        const [from, to] = [typeOf(a.json), typeOf(b.json)];
        expect(assignable(from, from)).toBeNull();
        expect(conforms(from, value)).toBe(true);
        const whole = join(from, to);
        expect(conforms(whole, value)).toBe(true);
        expect(assignable(from, whole)).toBeNull();
        expect(assignable(to, whole)).toBeNull();
        if (assignable(from, to) === null) expect(conforms(to, value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
