import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.js";
import { printType } from "../../src/core/typing/print.js";
import { resolve } from "../../src/core/type.js";
import { bundle } from "../../src/schema/bundle.js";
import { define } from "../../src/schema/definition.js";
import type { Definitions, SchemaFile, TypeEnv } from "../../src/schema/environment.js";
import { lowerType } from "../../src/schema/lower.js";
import { compileValidator } from "../../src/schema/validator.js";

/** A file with these declared types, and these schema files beside it. */
function world(types: Readonly<Record<string, Json>> = {}, files: Readonly<Record<string, Json>> = {}) {
  const definitions: Definitions = new Map();
  const plain: TypeEnv = { definitions, named: () => null, names: () => [], file: (path) => read(path) };
  const read = (path: string): SchemaFile | { problem: string } => {
    const json = files[path.replace(/^\.\//, "")];
    return json === undefined ? { problem: `there is no file \`${path}\`` } : { id: path.replace(/^\.\//, ""), json, env: plain };
  };
  const env: TypeEnv = { ...plain, named: (name) => (name in types ? (definitions.get(name) ?? null) : null), names: () => Object.keys(types) };
  for (const [name, json] of Object.entries(types)) define(definitions, name, name, () => lowerType(json, env, name));
  const lower = (json: Json) => lowerType(json, env, "here");
  const problems = (json: Json) => [...lower(json).problems, ...[...definitions.values()].flatMap((definition) => definition.problems)];
  return {
    definitions,
    problems: (json: Json = true) => problems(json).map(({ code, pointer, message, hint }) => `${code} /${pointer.join("/")} ${message}${hint === undefined ? "" : ` (${hint})`}`),
    type: (json: Json) => printType(resolve(lower(json).type)),
    schema: (json: Json) => bundle(lower(json).schema, definitions),
    accepts: (json: Json, value: unknown) => compileValidator(bundle(lower(json).schema, definitions))(value) === null,
  };
}

describe("types as text", () => {
  const { type, problems } = world({ Order: { fields: { id: "string" } }, "lib.Item": "string" });
  it.each<[string, string]>([
    ["string", "string"],
    ["integer", "integer"],
    ["string[]", "string[]"],
    ["number[][]", "number[][]"],
    ["Order[]", "Order[]"],
    ["lib.Item", "string"],
  ])("%s is %s", (text, shown) => {
    expect(problems(text)).toEqual([]);
    expect(type(text)).toBe(shown);
  });

  it.each<[Json, string]>([
    ["Ordre", "FC3040 / there is no type `Ordre` (did you mean `Order`?)"],
    ["strng", "FC3040 / there is no type `strng` (did you mean `string`?)"],
    ["int", "FC3040 / there is no type `int` (did you mean `integer`?)"],
    ["any", "FC3040 / there is no type `any` (any JSON is `{}`)"],
    ["string?", "FC4150 / `string?` cannot be optional here: `?` marks a field inside `fields` (write `string`)"],
    ["list<string>", "FC4151 / `list<string>` is no type (a list is `string[]`)"],
    ["a | b", "FC4151 / `a | b` can only stand inside `fields` (write `{ enum: [a, b] }`)"],
    [["string"], 'FC4151 / a type cannot be a list (a list is `"string[]"`)'],
    [null, "FC4151 / a type cannot be empty (write a type's name, `string`, `number`, `integer`, `boolean`, or an inline schema)"],
  ])("%j: %s", (json, expected) => {
    expect(problems(json)).toEqual([expected]);
  });
});

describe("the shorthand", () => {
  const shop = world({ Order: { fields: { id: "string" } } });
  it("is a closed object; `?` makes a field optional, `a | b` is an enum, types nest", () => {
    const json = { fields: { a: "string", b: "string[]", c: "number?", d: "web | file", e: "Order", f: { fields: { g: "boolean" } }, h: { type: "string", minLength: 2 }, i: "Order[]?" } };
    expect(shop.problems(json)).toEqual([]);
    expect(shop.type({ fields: { a: "string", c: "number?", d: "web | file" } })).toBe('{ a: string, c?: number, d: "web" | "file" }');
    const value = { a: "x", b: ["y"], d: "web", e: { id: "1" }, f: { g: true }, h: "xy" };
    expect(shop.accepts(json, value)).toBe(true);
    expect(shop.accepts(json, { ...value, z: 1 })).toBe(false);
    expect(shop.accepts(json, { ...value, h: "x" })).toBe(false);
    expect(shop.accepts(json, { ...value, c: null })).toBe(false);
  });

  it.each<[Json, string]>([
    [{ fields: { x: "Order | cash" } }, "FC2080 /fields/x `Order` in `Order | cash` is the name of a type, but `a | b` is an enum of strings"],
    [{ fields: { x: "string | number" } }, "FC2080 /fields/x `string` in `string | number` is the name of a type"],
    [{ fields: { "x?": "string" } }, "FC4150 /fields/x? the `?` of an optional field stands behind its type"],
    [{ fields: { x: "Odrer" } }, "FC3040 /fields/x there is no type `Odrer` (did you mean `Order`?)"],
    [{ fields: { x: 1 } }, "FC4151 /fields/x a type cannot be `1`"],
    [{ fields: ["x"] }, "FC4151 /fields `fields` must be a map of names and types"],
    [{ fields: { x: "string" }, required: ["x"] }, "FC4152 /required `required` cannot stand beside `fields`"],
  ])("%j: %s", (json, expected) => {
    const problems = shop.problems(json);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });
});

describe("JSON Schema", () => {
  const { type, problems } = world({ Item: { type: "object", properties: { sku: { type: "string" } }, required: ["sku"] } });
  it.each<[Json, string]>([
    [{}, "any"],
    [{ type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false }, "{ a: string }"],
    [{ type: "object", properties: { a: { type: "string" } } }, "{ a?: string, … }"],
    [{ properties: { a: { type: "string" } }, required: ["a"] }, "{ a: string, … }"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ enum: ["a", 1, null] }, '"a" | 1 | null'],
    [{ type: "string", enum: ["a", "b"] }, '"a" | "b"'],
    [{ const: "x" }, '"x"'],
    [{ type: "array", items: { $ref: "#/types/Item" } }, "Item[]"],
    [{ type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false }, "(string | number)[]"],
    [{ oneOf: [{ type: "string" }, { type: "integer" }] }, "string | integer"],
    [{ allOf: [{ type: "object", properties: { a: { type: "string" } }, required: ["a"] }, { type: "object", properties: { b: { type: "number" } } }] }, "{ a: string, b?: number, … }"],
    [{ type: "object", properties: { a: { type: "string" }, b: { type: "string" } }, oneOf: [{ required: ["a"] }, { required: ["b"] }] }, "{ a: string, b?: string, … } | { b: string, a?: string, … }"],
  ])("%j is %s", (json, shown) => {
    expect(problems(json)).toEqual([]);
    const sorted = (text: string) => text.replace(/[{}]/g, "").split(/[,|]/).map((part) => part.trim()).toSorted().join();
    expect(sorted(type(json))).toBe(sorted(shown));
  });

  it("of branches that name no type say what those are like that have it", () => {
    const required = { type: ["object", "null"], properties: { a: { type: "string" } }, allOf: [{ required: ["a"] }] };
    const { accepts } = world({ Maybe: { type: ["object", "null"] } });
    expect(type(required)).toBe("{ a: string, … } | null");
    expect(accepts(required, null)).toBe(true);
    expect(world({ Maybe: { type: ["object", "null"] } }).type({ allOf: [{ $ref: "#/types/Maybe" }, { required: ["a"] }] })).toBe("{ a: any, … } | null");
    // Where nothing else says it, keywords of objects mean an object, as they do outside of branches.
    for (const forms of ["anyOf", "oneOf", "allOf"]) {
      const json = { [forms]: [{ properties: { kind: { const: "a" } }, required: ["kind"] }] };
      expect(type(json)).toBe('{ kind: "a", … }');
      expect([accepts(json, { kind: "a" }), accepts(json, 5)]).toEqual([true, false]);
    }
  });

  it("of forms that multiply are bounded", () => {
    const forms = (list: number): Json => ({ anyOf: Array.from({ length: 6 }, (_, index) => ({ properties: { [`f${list}`]: { const: index } }, required: [`f${list}`] })) });
    expect(type({ type: "object", allOf: Array.from({ length: 6 }, (_, index) => forms(index)) })).not.toBe("");
    const types = Object.fromEntries(Array.from({ length: 9 }, (_, level): [string, Json] => [`T${level}`, { anyOf: Array.from({ length: 8 }, (_one, index) => ({ type: "object", required: ["v"], properties: { v: level === 0 ? { type: "string" } : { $ref: `#/types/T${level - 1}` }, [`w${index}`]: { type: "string" } } })) }]));
    expect(world(types).problems()).toEqual([]);
  });

  it.each<[Json, string]>([
    [{ type: "strng" }, "FC4153 /type `type` must be one of string, number, integer, boolean, object, array, null, but is `\"strng\"` (did you mean `string`?)"],
    [{ type: ["string", null] }, "FC4153 /type/1 `null` must be quoted in `type`"],
    [{ type: "Item" }, "FC4153 /type `type` must be one of"],
    [{ type: "object", propertys: {} }, "FC4152 /propertys `propertys` is no JSON Schema keyword (did you mean `properties`?)"],
    [{ type: "string", nullable: true }, 'FC4152 /nullable `nullable` is no JSON Schema keyword (write `type: [string, "null"]`)'],
    [{ id: "string", total: "number" }, "FC4152 /id `id` is no JSON Schema keyword (if these are the fields of an object, put them under `fields: { … }`)"],
    [{ type: "object", properties: { a: "string" } }, "FC4151 /properties/a a schema must be a map, but this is text `string` (inside a JSON Schema write `{ type: string }`"],
    [{ type: "object", properties: { a: { fields: {} } } }, "FC4152 /properties/a/fields `fields` is flowctl's shorthand"],
    [{ type: "array", items: [{ type: "string" }] }, "FC4153 /items `items` must be a schema, but is `[{\"type\":\"string\"}]` (a list of schemas is `prefixItems`)"],
    [{ type: "object", properties: { a: { type: "string", required: true } } }, "FC4153 /properties/a/required `required` must be a list of names, but is `true`"],
    [{ type: "number", exclusiveMinimum: true }, "FC4153 /exclusiveMinimum `exclusiveMinimum` must be a number"],
    [{ type: "number", minimum: 3, maximum: 1 }, "FC4153 /minimum `minimum` is 3, above `maximum` 1, so no value fits"],
    [{ type: "string", minimum: 3 }, "FC4153 /minimum `minimum` says nothing about string: it is for number"],
    [{ type: "number", enum: ["a"] }, "FC4153 /enum/0 `\"a\"` in `enum` is no number"],
    [{ enum: [] }, "FC4153 /enum `enum` must be a list of values"],
    [{ type: "string", format: "datetime" }, "FC4153 /format `format` must be a format that JSON Schema knows, but is `\"datetime\"` (did you mean `date-time`?)"],
    [{ type: "string", pattern: "(?=a)b" }, "FC4154 /pattern the pattern `(?=a)b` cannot be used: look-around `(?=` is not supported"],
    [{ type: "string", pattern: "(a)\\1" }, "FC4154 /pattern the pattern `(a)\\1` cannot be used: a backreference `\\1` is not supported"],
    [{ type: "string", pattern: "(" }, "FC4154 /pattern the pattern `(` cannot be used: missing closing )"],
    [{ type: "object", properties: { id: {} }, required: ["idd"], additionalProperties: false }, "FC4157 /required/0 `idd` is required but not among the properties of this closed object (did you mean `id`?)"],
    [{ $ref: "#/types/Itm" }, "FC3040 /$ref there is no type `Itm` (did you mean `Item`?)"],
    [{ $ref: "Item" }, 'FC3042 /$ref `Item` is the name of a type, and `$ref` takes a path (write `$ref: "#/types/Item"`)'],
    [{ $ref: "#/$defs/X", $defs: { Y: {} } }, "FC3042 /$ref `#/$defs/X` leads nowhere"],
    [{ $ref: "./none.json" }, "FC3041 /$ref the schema `./none.json` cannot be used: there is no file `./none.json`"],
    [{ $ref: "https://example.com/x.json" }, "FC3041 /$ref the schema `https://example.com/x.json` is not read from the network"],
    [{ $dynamicRef: "#x" }, "FC4152 /$dynamicRef `$dynamicRef` is no JSON Schema keyword (write a plain `$ref`)"],
  ])("%j: %s", (json, expected) => {
    const found = problems(json);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it("what has an error may be read without followers, and what stands beside it is still known", () => {
    const lowered = lowerType({ fields: { a: "Nope", b: "string" } }, { definitions: new Map(), named: () => null, names: () => [], file: () => ({ problem: "no" }) }, "x");
    const at = resolve(lowered.type);
    expect(at.kind === "object" && [...at.fields].map(([name, { type: one }]) => [name, one])).toEqual([["a", { kind: "any", dynamic: true, wrong: true }], ["b", { kind: "string" }]]);
  });
});

describe("references", () => {
  it("a recursive type is finite where the inner one may be left out", () => {
    const { problems, accepts, schema, type } = world({ Node: { fields: { value: "number", children: "Node[]", next: "Node?" } } });
    expect(problems("Node")).toEqual([]);
    expect(type("Node")).toBe("Node");
    expect(accepts("Node", { value: 1, children: [{ value: 2, children: [] }], next: { value: 3, children: [] } })).toBe(true);
    expect(accepts("Node", { value: 1, children: [{ value: "2", children: [] }] })).toBe(false);
    expect(schema("Node[]")).toMatchObject({ type: "array", items: { $ref: "#/$defs/Node" }, $defs: { Node: { type: "object" } } });
  });

  it.each<[string, Record<string, Json>, string[]]>([
    ["itself", { A: { $ref: "#/types/A" } }, ["A"]],
    ["a required field", { A: { fields: { a: "A" } } }, ["A"]],
    ["a circle", { A: { fields: { b: "B" } }, B: { allOf: [{ $ref: "#/types/C" }] }, C: "A" }, ["A"]],
    ["every form", { A: { anyOf: [{ $ref: "#/types/A" }, { $ref: "#/types/B" }] }, B: { fields: { a: "A" } } }, ["A"]],
    ["aliases", { A: "B", B: "A" }, ["A"]],
  ])("a type that contains itself without end: %s", (_, types, blamed) => {
    const { problems, type } = world(types);
    expect(problems().filter((one) => one.startsWith("FC4156")).map((one) => one.split("`")[1])).toEqual(blamed);
    expect(() => type("A")).not.toThrow();
  });

  it("parts of the same schema, of files, and of files that refer to files", () => {
    const { problems, accepts, schema } = world(
      { Order: { $ref: "./order.schema.json" }, Tree: { $ref: "#/$defs/T", $defs: { T: { type: "object", properties: { kids: { type: "array", items: { $ref: "#/$defs/T" } } }, required: ["kids"] } } } },
      {
        "order.schema.json": { $schema: "https://json-schema.org/draft/2020-12/schema", $id: "https://x.y/order", type: "object", properties: { item: { $ref: "item.json#/$defs/Item" }, self: { $ref: "#" } }, required: ["item"] },
        "item.json": { $defs: { Item: { type: "object", properties: { sku: { type: "string", pattern: "^[A-Z]+$" } }, required: ["sku"], additionalProperties: false } } },
      },
    );
    expect(problems({ fields: { o: "Order", t: "Tree" } })).toEqual([]);
    const good = { o: { item: { sku: "AB" }, self: { item: { sku: "C" } } }, t: { kids: [{ kids: [] }] } };
    expect(accepts({ fields: { o: "Order", t: "Tree" } }, good)).toBe(true);
    expect(accepts({ fields: { o: "Order", t: "Tree" } }, { ...good, o: { item: { sku: "ab" } } })).toBe(false);
    expect(accepts({ fields: { o: "Order", t: "Tree" } }, { ...good, t: { kids: [{}] } })).toBe(false);
    expect(JSON.stringify(schema("Order"))).not.toContain(".json#");
  });

  it("a problem inside a file is reported at the reference, with its place", () => {
    const { problems } = world({}, { "bad.json": { type: "object", properties: { a: { type: "strng" } } } });
    expect(problems({ $ref: "bad.json" })[0]).toContain("FC4153 /$ref in `bad.json` at `/properties/a/type`: `type` must be one of");
  });
});
