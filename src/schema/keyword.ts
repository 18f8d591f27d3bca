/** What a keyword's value must be. */
export type KeywordForm =
  | "schema" | "schemas" | "schema map" | "string" | "number" | "positive" | "count" | "boolean" | "names" | "names map"
  | "types" | "values" | "any" | "pattern" | "format" | "ref";

/** JSON Schema 2020-12 as flow files take it: structure, value rules and annotations. */
export const KEYWORDS: ReadonlyMap<string, KeywordForm> = new Map<string, KeywordForm>([
  ["$ref", "ref"], ["$defs", "schema map"], ["definitions", "schema map"], ["$schema", "string"], ["$id", "string"], ["$comment", "string"],
  ["type", "types"], ["enum", "values"], ["const", "any"],
  ["properties", "schema map"], ["required", "names"], ["additionalProperties", "schema"], ["patternProperties", "schema map"],
  ["propertyNames", "schema"], ["minProperties", "count"], ["maxProperties", "count"], ["unevaluatedProperties", "schema"],
  ["dependentRequired", "names map"], ["dependentSchemas", "schema map"],
  ["items", "schema"], ["prefixItems", "schemas"], ["contains", "schema"], ["minContains", "count"], ["maxContains", "count"],
  ["minItems", "count"], ["maxItems", "count"], ["uniqueItems", "boolean"], ["unevaluatedItems", "schema"],
  ["allOf", "schemas"], ["anyOf", "schemas"], ["oneOf", "schemas"], ["not", "schema"], ["if", "schema"], ["then", "schema"], ["else", "schema"],
  ["minLength", "count"], ["maxLength", "count"], ["pattern", "pattern"], ["format", "format"],
  ["minimum", "number"], ["maximum", "number"], ["exclusiveMinimum", "number"], ["exclusiveMaximum", "number"], ["multipleOf", "positive"],
  ["title", "string"], ["description", "string"], ["default", "any"], ["examples", "any"], ["deprecated", "boolean"],
  ["readOnly", "boolean"], ["writeOnly", "boolean"],
  ["contentEncoding", "string"], ["contentMediaType", "string"], ["contentSchema", "schema"],
]);

/** Keywords that say nothing about a value, left out of the lowered schema. */
export const DROPPED: ReadonlySet<string> = new Set(["$schema", "$id", "$comment", "$defs", "definitions", "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema"]);

/** Words that people bring from other dialects, with what to write here. */
export const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["nullable", 'write `type: [string, "null"]`'],
  ["optional", "leave the name out of `required`, or use `fields: { name: string? }`"],
  ["example", "write `examples: [ … ]`"],
  ["values", "write `enum: [ … ]`"],
  ["discriminator", "write `oneOf` with a `const` in each form"],
  ["dependencies", "write `dependentRequired` or `dependentSchemas`"],
  ["additionalItems", "write `items` behind `prefixItems`"],
  ["$anchor", "write the path: `$ref: \"#/$defs/Name\"`"],
  ["$dynamicRef", "write a plain `$ref`"],
  ["$dynamicAnchor", "write a plain `$ref`"],
  ["$recursiveRef", "write a plain `$ref`"],
  ["extends", "write `allOf: [ { $ref: … }, … ]`"],
]);

export const TYPE_NAMES: readonly string[] = ["string", "number", "integer", "boolean", "object", "array", "null"];

export const FORMATS: readonly string[] = [
  "date", "time", "date-time", "iso-time", "iso-date-time", "duration", "uri", "uri-reference", "uri-template", "email", "hostname", "ipv4", "ipv6",
  "regex", "uuid", "json-pointer", "relative-json-pointer", "byte", "int32", "int64", "float", "double", "password", "binary",
];

const OF_TYPE: ReadonlyMap<string, string> = new Map(
  [
    ["object", "properties required additionalProperties patternProperties propertyNames minProperties maxProperties unevaluatedProperties dependentRequired dependentSchemas"],
    ["array", "items prefixItems contains minItems maxItems uniqueItems unevaluatedItems"],
    ["string", "minLength maxLength pattern format"],
    ["number", "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"],
  ].flatMap(([type, words]) => (words ?? "").split(" ").map((word): [string, string] => [word, type ?? ""])),
);

/** Whether a keyword is for values of one type. */
export const speaksOfType = (keywords: readonly string[]): boolean => keywords.some((keyword) => OF_TYPE.has(keyword));

/** The one type whose keywords are used, for a schema that does not name its type; null when they speak of none or of several. */
export function impliedType(keywords: Iterable<string>): string | null {
  let implied: string | null = null;
  for (const keyword of keywords) {
    const type = OF_TYPE.get(keyword);
    if (type === undefined) continue;
    if (implied !== null && implied !== type) return null;
    implied = type;
  }
  return implied;
}
