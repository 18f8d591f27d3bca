import { isJsonObject, type Json, type JsonObject } from "../core/json.js";
import { joinAll } from "../core/typing/join.js";
import { ANY, BOOLEAN, INTEGER, NEVER, NULL, NUMBER, STRING, listOf, type Field, type ObjectType, type Type } from "../core/type.js";
import { isBroken, refId, UNKNOWN, type Definitions, type Schema } from "./environment.js";
import { intersect } from "./intersect.js";
import { speaksOfType, TYPE_NAMES } from "./keyword.js";

/**
 * The structure that a lowered schema promises. Value rules, `not`, `if` and `dependent…` are left to run time,
 * so a value that passes the schema always has the type, and not the other way round.
 */
export function schemaToType(schema: Schema, definitions: Definitions): Type {
  if (schema === true) return ANY;
  if (schema === false) return NEVER;
  if (isBroken(schema)) return UNKNOWN;
  const parts: Type[] = [];
  if (typeof schema["$ref"] === "string") parts.push(definitions.get(refId(schema["$ref"]))?.type ?? UNKNOWN);
  parts.push(ownType(schema, definitions));
  for (const part of schemas(schema["allOf"])) parts.push(schemaToType(part, definitions));
  for (const keyword of ["anyOf", "oneOf"]) {
    const forms = schemas(schema[keyword]);
    if (forms.length > 0) parts.push(joinAll(forms.map((form) => schemaToType(form, definitions))));
  }
  const [only = ANY, ...more] = parts.filter((type) => type.kind !== "any" || type.dynamic === true);
  return more.reduce(intersect, only);
}

/** What the schema says by itself, without references and combinations. */
function ownType(schema: JsonObject, definitions: Definitions): Type {
  const values = schema["const"] === undefined ? schema["enum"] : [schema["const"]];
  // A branch that names no type says what those of one type are like, and nothing of the others.
  const declared = schema["type"] ?? (speaksOfType(Object.keys(schema)) ? TYPE_NAMES : []);
  const types: readonly Json[] = Array.isArray(declared) ? declared : [declared];
  const structure = types.length === 0 ? ANY : joinAll(types.map((type) => byName(type, schema, definitions)));
  if (!Array.isArray(values)) return structure;
  const constants = joinAll(values.map(constant));
  return values.every((value) => typeof value !== "object" || value === null) ? intersect(constants, structure) : structure.kind === "any" ? constants : structure;
}

function byName(type: Json, schema: JsonObject, definitions: Definitions): Type {
  switch (type) {
    case "string":
      return STRING;
    case "number":
      return NUMBER;
    case "integer":
      return INTEGER;
    case "boolean":
      return BOOLEAN;
    case "null":
      return NULL;
    case "array":
      return arrayType(schema, definitions);
    case "object":
      return objectType(schema, definitions);
    default:
      return ANY;
  }
}

function arrayType(schema: JsonObject, definitions: Definitions): Type {
  const items = schemaOf(schema["items"]);
  const first = schemas(schema["prefixItems"]);
  const rest = items === undefined ? ANY : schemaToType(items, definitions);
  if (first.length === 0) return listOf(rest);
  return listOf(joinAll([...first.map((item) => schemaToType(item, definitions)), rest]));
}

function objectType(schema: JsonObject, definitions: Definitions): ObjectType {
  const fields = new Map<string, Field>();
  const { properties, required } = schema;
  const needed = new Set(Array.isArray(required) ? required.filter((name) => typeof name === "string") : []);
  if (isJsonObject(properties)) {
    for (const [name, property] of Object.entries(properties)) {
      const type = schemaToType(schemaOf(property) ?? true, definitions);
      if (type.kind === "never" && !needed.has(name)) continue;
      fields.set(name, { type, required: needed.has(name) });
    }
  }
  for (const name of needed) if (!fields.has(name)) fields.set(name, { type: ANY, required: true });
  const title = schema["title"];
  const rest = restOf(schema, definitions);
  return typeof title === "string" && /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(title) ? { kind: "object", name: title, fields, rest } : { kind: "object", fields, rest };
}

function restOf(schema: JsonObject, definitions: Definitions): ObjectType["rest"] {
  const additional = schemaOf(schema["additionalProperties"] ?? schema["unevaluatedProperties"]);
  if (schema["patternProperties"] !== undefined) return "open";
  if (additional === undefined || additional === true) return "open";
  if (additional === false) return "closed";
  const type = schemaToType(additional, definitions);
  return type.kind === "any" && type.dynamic !== true ? "open" : type;
}

/** The type of one listed value. Objects and lists keep their shape, as `const` of a structure is rare. */
function constant(value: Json): Type {
  if (value === null) return NULL;
  if (typeof value !== "object") return { kind: "const", value };
  if (Array.isArray(value)) return listOf(joinAll(value.map(constant)));
  return isJsonObject(value)
    ? { kind: "object", fields: new Map(Object.entries(value).map(([name, field]): [string, Field] => [name, { type: constant(field), required: true }])), rest: "closed" }
    : NEVER;
}

const schemaOf = (value: Json | undefined): Schema | undefined => (typeof value === "boolean" || isJsonObject(value) ? value : undefined);

function schemas(value: Json | undefined): readonly Schema[] {
  if (!Array.isArray(value)) return [];
  return value.map(schemaOf).filter((one) => one !== undefined);
}
