import * as fc from "fast-check";
import type { Json } from "../../src/core/json.js";
import { resolve, type Type } from "../../src/core/type.js";

/** A type as a flow file may write it, and data that is valid for it. */
export interface RandomSchema {
  readonly json: Json;
  readonly value: fc.Arbitrary<Json>;
}

const NAMES = ["id", "total", "note", "items", "kind", "a b", "x"] as const;
const fieldName = fc.constantFrom(...NAMES);

const leaf: fc.Arbitrary<RandomSchema> = fc.oneof(
  fc.constant<RandomSchema>({ json: { type: "string" }, value: fc.string() }),
  fc.constant<RandomSchema>({ json: { type: "boolean" }, value: fc.boolean() }),
  fc.constant<RandomSchema>({ json: { type: "null" }, value: fc.constant(null) }),
  fc.constant<RandomSchema>({ json: { type: "number" }, value: finite() }),
  fc.constant<RandomSchema>({ json: { type: "integer" }, value: fc.maxSafeInteger() }),
  fc.constant<RandomSchema>({ json: { type: ["string", "null"] }, value: fc.option(fc.string()) }),
  fc.constant<RandomSchema>({ json: { type: "string", pattern: "^[0-9]{2}$" }, value: fc.integer({ min: 10, max: 99 }).map(String) }),
  fc.constant<RandomSchema>({ json: { type: "string", pattern: "^[a-c]{1,3}$" }, value: fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 3 }) }),
  fc.constant<RandomSchema>({ json: {}, value: fc.jsonValue({ maxDepth: 2 }).map(asJson) }),
  fc.tuple(fc.nat(5), fc.nat(5)).map(([least, more]): RandomSchema => ({
    json: { type: "string", minLength: least, maxLength: least + more },
    value: fc.string({ unit: fc.constantFrom("x", "y", "é"), minLength: least, maxLength: least + more }),
  })),
  fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(50)).map(([least, more]): RandomSchema => ({
    json: { type: "integer", minimum: least, maximum: least + more },
    value: fc.integer({ min: least, max: least + more }),
  })),
  fc.uniqueArray(fc.constantFrom("red", "green", "blue", "grey"), { minLength: 1 }).map((words): RandomSchema => ({ json: { enum: words }, value: fc.constantFrom(...words) })),
  fc.constantFrom<string | number | boolean>("on", 7, true).map((value): RandomSchema => ({ json: { const: value }, value: fc.constant(value) })),
);

const { schema } = fc.letrec<{ schema: RandomSchema; object: RandomSchema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { arbitrary: leaf, weight: 3 },
    { arbitrary: tie("object"), weight: 3 },
    { arbitrary: fc.tuple(tie("schema"), fc.nat(2), fc.nat(3)).map(([items, least, more]) => listOf(items, least, more)), weight: 2 },
    { arbitrary: tie("schema").map((part) => mapOf(part)), weight: 1 },
    { arbitrary: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((part) => anyOf(part)), weight: 1 },
    { arbitrary: fc.array(tie("object"), { minLength: 1, maxLength: 3 }).map((part) => tagged(part)), weight: 1 },
    { arbitrary: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((part) => tuple(part)), weight: 1 },
  ),
  object: fc.tuple(fc.uniqueArray(fc.tuple(fieldName, tie("schema"), fc.boolean()), { maxLength: 4, selector: ([name]) => name }), fc.boolean()).map(([fields, closed]) => objectOf(fields, closed)),
}));

const enumText: fc.Arbitrary<RandomSchema> = fc.constant({ json: "web | file", value: fc.constantFrom("web", "file") });

/** Whatever may stand where a type stands: JSON Schema, the built-in names, lists of them, and `{ fields }`. */
export const randomType: fc.Arbitrary<RandomSchema> = fc.letrec<{ type: RandomSchema }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<RandomSchema>(
      { json: "string", value: fc.string() },
      { json: "number", value: finite() },
      { json: "integer", value: fc.maxSafeInteger() },
      { json: "boolean", value: fc.boolean() },
      { json: "string[]", value: fc.array(fc.string()) },
      { json: "number[][]", value: fc.array(fc.array(finite())) },
    ),
    schema,
    fc.uniqueArray(fc.tuple(fieldName, fc.oneof(tie("type"), enumText), fc.boolean()), { maxLength: 4, selector: ([name]) => name }).map(fieldsOf),
  ),
})).type;

function fieldsOf(fields: readonly (readonly [string, RandomSchema, boolean])[]): RandomSchema {
  const optional = fields.map(([name, type, wish]) => [name, type, wish && typeof type.json === "string"] as const);
  return {
    json: { fields: Object.fromEntries(optional.map(([name, type, may]) => [name, may ? `${String(type.json)}?` : type.json])) },
    value: record(optional.map(([name, type, may]) => [name, type, !may])),
  };
}

function objectOf(fields: readonly (readonly [string, RandomSchema, boolean])[], closed: boolean): RandomSchema {
  const required = fields.filter(([, , must]) => must).map(([name]) => name);
  return {
    json: { type: "object", properties: Object.fromEntries(fields.map(([name, type]) => [name, type.json])), required, ...(closed ? { additionalProperties: false } : {}) },
    value: record(fields),
  };
}

function record(fields: readonly (readonly [string, RandomSchema, boolean])[]): fc.Arbitrary<Json> {
  const requiredKeys = fields.filter(([, , must]) => must).map(([name]) => name);
  const model: Record<string, fc.Arbitrary<Json>> = Object.fromEntries(fields.map(([name, type]) => [name, type.value]));
  return fc.record(model, { requiredKeys, noNullPrototype: true });
}

const listOf = (items: RandomSchema, least: number, more: number): RandomSchema => ({
  json: { type: "array", items: items.json, minItems: least, maxItems: least + more },
  value: fc.array(items.value, { minLength: least, maxLength: least + more }),
});

const mapOf = (values: RandomSchema): RandomSchema => ({
  json: { type: "object", additionalProperties: values.json },
  value: fc.dictionary(fieldName, values.value, { noNullPrototype: true }),
});

const anyOf = (forms: readonly RandomSchema[]): RandomSchema => ({
  json: { anyOf: forms.map((form) => form.json) },
  value: fc.oneof(...forms.map((form) => form.value)),
});

/** Objects told apart by a constant. */
const tagged = (forms: readonly RandomSchema[]): RandomSchema => ({
  json: { oneOf: forms.map((form, index) => withTag(form.json, index)) },
  value: fc.oneof(...forms.map((form, index) => form.value.map((value) => (isRecord(value) ? { ...value, tag: `t${index}` } : value)))),
});

function withTag(json: Json, index: number): Json {
  if (!isRecord(json)) return json;
  const properties = json["properties"];
  const required = json["required"];
  return { ...json, properties: { ...(isRecord(properties) ? properties : {}), tag: { const: `t${index}` } }, required: [...(Array.isArray(required) ? required : []), "tag"] };
}

const tuple = (items: readonly RandomSchema[]): RandomSchema => ({
  json: { type: "array", prefixItems: items.map((item) => item.json), minItems: items.length, items: false },
  value: fc.tuple(...items.map((item) => item.value)).map((values): Json => values),
});

function finite(): fc.Arbitrary<number> {
  return fc.double({ noNaN: true, noDefaultInfinity: true });
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asJson(value: unknown): Json {
  const json: Json = JSON.parse(JSON.stringify(value));
  return json;
}

/** Whether a value has a structural type: the meaning of `Type`, spelled out once for tests. */
export function conforms(type: Type, value: Json | undefined): boolean {
  const at = resolve(type);
  switch (at.kind) {
    case "any":
      return value !== undefined;
    case "never":
      return false;
    case "null":
      return value === null;
    case "const":
      return value === at.value;
    case "number":
      return typeof value === "number" && (!at.integer || Number.isInteger(value));
    case "string":
    case "timestamp":
    case "duration":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value) && value.every((item: Json) => conforms(at.items, item));
    case "union":
      return at.of.some((member) => conforms(member, value));
    case "optional":
      return value === undefined || conforms(at.of, value);
    case "object": {
      if (!isRecord(value)) return false;
      for (const [name, field] of at.fields) {
        if (!Object.hasOwn(value, name)) {
          if (field.required) return false;
        } else if (!conforms(field.type, value[name])) return false;
      }
      const others = Object.keys(value).filter((name) => !at.fields.has(name));
      if (at.rest === "open") return true;
      if (at.rest === "closed") return others.length === 0;
      const { rest } = at;
      return others.every((name) => conforms(rest, value[name]));
    }
  }
}
