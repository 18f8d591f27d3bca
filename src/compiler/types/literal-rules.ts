import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";
import { compileValidator, type SchemaIssue } from "../../schema/validator.js";

/** Where a literal breaks a value rule (`pattern`, `minimum`, `format` …) of a self-contained schema. */
export function breaksRules(schema: JsonObject | boolean, value: Json): readonly SchemaIssue[] {
  return hasRules(schema) ? (compileValidator(schema)(value) ?? []) : [];
}

const RULES = new Set([
  "pattern", "format", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
  "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "minProperties", "maxProperties", "patternProperties",
  "propertyNames", "not", "if", "oneOf", "dependentRequired", "dependentSchemas",
]);
const known = new WeakMap<JsonObject, boolean>();

/** Most schemas have none: then no validator is compiled. */
function hasRules(schema: JsonObject | boolean): boolean {
  if (typeof schema === "boolean") return false;
  const old = known.get(schema);
  if (old !== undefined) return old;
  const found = mentionsRule(schema);
  known.set(schema, found);
  return found;
}

const mentionsRule = (value: Json): boolean => {
  if (Array.isArray(value)) return value.some(mentionsRule);
  return isJsonObject(value) && Object.entries(value).some(([key, inner]) => RULES.has(key) || mentionsRule(inner));
};
