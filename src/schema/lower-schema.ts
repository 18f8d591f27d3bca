import { isJsonObject, type Json, type JsonObject } from "../core/json.js";
import { similar } from "../core/typing/similar.js";
import { BROKEN, type Pointer, type Schema } from "./environment.js";
import { checkConsistency, requiredAsDeclared } from "./consistency.js";
import { DROPPED, ELSEWHERE, FORMATS, impliedType, KEYWORDS, TYPE_NAMES, type KeywordForm } from "./keyword.js";
import { lowerReference } from "./lower-reference.js";
import { didYouMean, fail, type Lowering } from "./lowering.js";
import { compilePattern } from "./pattern.js";

/** Branches add to what stands around them: they are not given a type that they do not name, unless nothing else says one. */
const BRANCHES: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"]);
const FORMS: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf"]);

/** Whether a schema says which type its values have, by itself or by what they must be besides. */
const saysType = (json: Json): boolean =>
  isJsonObject(json) && (["type", "$ref", "enum", "const"].some((key) => key in json) || (Array.isArray(json["allOf"]) && json["allOf"].some(saysType)));

/** A JSON Schema 2020-12 as flow files take it: every keyword known and well-formed, references resolved, annotations that say nothing left out. */
export function lowerSchema(at: Lowering, json: Json, pointer: Pointer, whole: boolean): Schema {
  if (typeof json === "boolean") return json;
  if (!isJsonObject(json)) {
    const hint = typeof json === "string" ? `inside a JSON Schema write \`{ type: ${json} }\` or \`{ $ref: "#/types/${json}" }\`` : "write `{ type: … }`";
    return fail(at, { pointer, code: "FC4151", message: `a schema must be a map, but this is ${nameOf(json)}`, hint });
  }
  if ("fields" in json && !Array.isArray(json["fields"])) {
    return fail(at, { pointer: [...pointer, "fields"], atKey: true, code: "FC4152", message: "`fields` is flowctl's shorthand and cannot stand inside a JSON Schema", hint: "use `properties` and `required` here, or `fields` from the top" });
  }
  const lowered: Record<string, Json> = {};
  const open = whole && !saysType(json) && impliedType(Object.keys(json)) === null;
  let sound = true;
  for (const [key, value] of Object.entries(json)) {
    const form = KEYWORDS.get(key);
    if (form === undefined) {
      if (key.startsWith("x-")) continue;
      sound = false;
      unknownKeyword(at, json, key, pointer);
      if (isFieldMap(json)) break;
      continue;
    }
    const before = at.problems.length;
    const result = lowerKeyword(at, key, form, value, [...pointer, key], !BRANCHES.has(key) || (open && FORMS.has(key)));
    if (at.problems.length > before) sound = false;
    if (result !== undefined && !DROPPED.has(key)) lowered[key] = result;
  }
  if (!sound) return withoutBroken(lowered, json);
  if (whole && lowered["type"] === undefined && lowered["$ref"] === undefined && lowered["enum"] === undefined && lowered["const"] === undefined) {
    const implied = impliedType(Object.keys(lowered));
    if (implied !== null) lowered["type"] = implied;
  }
  checkConsistency(at, lowered, pointer);
  return requiredAsDeclared(at, lowered, pointer);
}

/** What was said wrongly is not known; the rest of the structure still is. */
function withoutBroken(lowered: JsonObject, json: JsonObject): Schema {
  const unknown = Object.keys(json).some((key) => !KEYWORDS.has(key) && !key.startsWith("x-"));
  const lost = STRUCTURE.some((key) => lowered[key] === undefined && json[key] !== undefined);
  return unknown || lost ? BROKEN : lowered;
}

/** `whole`: its schemas say all that is said of a value. */
function lowerKeyword(at: Lowering, key: string, form: KeywordForm, value: Json, pointer: Pointer, whole: boolean): Json | undefined {
  const wrong = (expected: string, hint?: string): undefined => {
    fail(at, { pointer, code: "FC4153", message: `\`${key}\` must be ${expected}, but is ${show(value)}`, ...(hint === undefined ? {} : { hint }) });
    return undefined;
  };
  switch (form) {
    case "schema":
      if (key === "items" && Array.isArray(value)) return wrong("a schema", "a list of schemas is `prefixItems`");
      return at.part(at, value, pointer, whole);
    case "schemas":
      if (!Array.isArray(value) || value.length === 0) return wrong("a list of schemas");
      return value.map((part, index) => at.part(at, part, [...pointer, index], whole));
    case "schema map":
      if (!isJsonObject(value)) return wrong("a map of schemas", Array.isArray(value) ? "write `name: { type: … }`" : undefined);
      if (key === "patternProperties") for (const pattern of Object.keys(value)) checkPattern(at, pattern, [...pointer, pattern], true);
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, at.part(at, part, [...pointer, name], whole)]));
    case "string":
      return typeof value === "string" ? value : wrong("text");
    case "number":
      return typeof value === "number" ? value : wrong("a number", typeof value === "boolean" ? "in JSON Schema 2020-12 it is the limit itself" : undefined);
    case "positive":
      return typeof value === "number" && value > 0 ? value : wrong("a number above 0");
    case "count":
      return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : wrong("a whole number of 0 or more");
    case "boolean":
      return typeof value === "boolean" ? value : wrong("true or false");
    case "names":
      return isNames(value) ? value : wrong("a list of names", typeof value === "boolean" ? "list the required names on the object: `required: [a, b]`" : undefined);
    case "names map":
      return isJsonObject(value) && Object.values(value).every(isNames) ? value : wrong("a map of lists of names");
    case "types":
      return lowerTypes(at, value, pointer);
    case "values":
      if (!Array.isArray(value) || value.length === 0) return wrong("a list of values");
      return new Set(value.map((one) => JSON.stringify(one))).size === value.length ? value : wrong("a list of different values");
    case "any":
      return value;
    case "pattern":
      if (typeof value !== "string") return wrong("a regular expression");
      return checkPattern(at, value, pointer, false) ? value : undefined;
    case "format":
      if (typeof value === "string" && FORMATS.includes(value)) return value;
      return wrong("a format that JSON Schema knows", typeof value === "string" ? (didYouMean(similar(value, FORMATS)).hint ?? `known formats: ${FORMATS.slice(0, 14).join(", ")} …`) : undefined);
    case "ref":
      if (typeof value !== "string") return wrong("text", 'write `$ref: "#/types/Name"`');
      return lowerReference(at, value, pointer) ?? undefined;
  }
}

function lowerTypes(at: Lowering, value: Json, pointer: Pointer): Json | undefined {
  const types: readonly Json[] = Array.isArray(value) ? value : [value];
  const bad = types.findIndex((type) => typeof type !== "string" || !TYPE_NAMES.includes(type));
  if (bad === -1 && types.length > 0 && new Set(types).size === types.length) return value;
  const wrong = types[bad];
  const place = Array.isArray(value) && bad !== -1 ? [...pointer, bad] : pointer;
  if (bad === -1) {
    fail(at, { pointer, code: "FC4153", message: "`type` must name each type once" });
  } else if (wrong === null) {
    fail(at, { pointer: place, code: "FC4153", message: "`null` must be quoted in `type`", hint: 'write `type: [string, "null"]`', fix: "null" });
  } else {
    const near = typeof wrong === "string" ? similarType(at, wrong) : {};
    fail(at, { pointer: place, code: "FC4153", message: `\`type\` must be one of ${TYPE_NAMES.join(", ")}, but is ${show(wrong ?? null)}`, ...near });
  }
  return undefined;
}

const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["str", "string"], ["text", "string"], ["int", "integer"], ["float", "number"], ["double", "number"], ["bool", "boolean"],
  ["list", "array"], ["dict", "object"], ["map", "object"], ["none", "null"], ["nil", "null"],
]);

function similarType(at: Lowering, name: string): { hint?: string; fix?: string } {
  if (at.env.named(name) !== null) return { hint: `a declared type is referred to as \`{ $ref: "#/types/${name}" }\`, or by its name alone where a type stands` };
  const near = FOREIGN.get(name.toLowerCase()) ?? similar(name, TYPE_NAMES);
  return near === null ? {} : { hint: `did you mean \`${near}\`?`, fix: near };
}

function checkPattern(at: Lowering, pattern: string, pointer: Pointer, isKey: boolean): boolean {
  const compiled = compilePattern(pattern);
  if (!("problem" in compiled)) return true;
  fail(at, { pointer, code: "FC4154", message: `the pattern \`${pattern}\` cannot be used: ${compiled.problem}`, hint: "patterns use RE2's syntax", ...(isKey ? { atKey: true } : {}) });
  return false;
}

function unknownKeyword(at: Lowering, json: JsonObject, key: string, pointer: Pointer): void {
  if (isFieldMap(json)) {
    fail(at, { pointer: [...pointer, key], atKey: true, code: "FC4152", message: `\`${key}\` is no JSON Schema keyword`, hint: "if these are the fields of an object, put them under `fields: { … }`" });
    return;
  }
  const near = similar(key, KEYWORDS.keys());
  const hint = ELSEWHERE.get(key) ?? (near === null ? undefined : `did you mean \`${near}\`?`);
  fail(at, { pointer: [...pointer, key], atKey: true, code: "FC4152", message: `\`${key}\` is no JSON Schema keyword`, ...(hint === undefined ? {} : { hint }), ...(near === null || ELSEWHERE.has(key) ? {} : { fix: near }) });
}

/** `{ id: string, total: number }` where a schema should stand: nothing in it is a keyword. */
const isFieldMap = (json: JsonObject): boolean => {
  const keys = Object.keys(json);
  return keys.every((key) => !KEYWORDS.has(key) || TYPELIKE.has(key)) && keys.every((key) => !ELSEWHERE.has(key) && similar(key, STRUCTURE) === null) && Object.values(json).every((value) => typeof value === "string" || isJsonObject(value));
};
const TYPELIKE: ReadonlySet<string> = new Set(["title", "description", "format", "type"]);
const STRUCTURE: readonly string[] = ["type", "properties", "required", "items", "enum", "const", "allOf", "anyOf", "oneOf", "$ref", "additionalProperties"];

const isNames = (value: Json): value is readonly string[] => Array.isArray(value) && value.every((name) => typeof name === "string") && new Set(value).size === value.length;

const nameOf = (value: Json): string => (value === null ? "empty" : Array.isArray(value) ? "a list" : `${typeof value === "string" ? "text" : `the ${typeof value}`} \`${String(value)}\``);

const show = (value: Json): string => {
  const text = JSON.stringify(value);
  return `\`${text.length > 60 ? `${text.slice(0, 59)}…` : text}\``;
};
