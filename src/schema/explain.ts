import { fullFormats } from "ajv-formats/dist/formats.js";
import { isJsonObject, type Json, type JsonObject } from "../core/json.js";
import { similar } from "../core/typing/similar.js";
import { refId } from "./environment.js";
import { compilePattern } from "./pattern.js";

/** One thing wrong with a value. `path` is `items[3].qty`, empty for the whole value; `message` names the path and stands alone. */
export interface SchemaIssue {
  readonly path: string;
  readonly message: string;
}

const MOST_ISSUES = 20;
const MOST_DEPTH = 200;

/**
 * Why a value does not fit: walks schema and value side by side and keeps to one issue per cause. Of several forms
 * (`oneOf`, `anyOf`) the closest is explained, never all of them. Empty when the value fits.
 */
export function explain(schema: Json, value: unknown): readonly SchemaIssue[] {
  const root = isJsonObject(schema) && isJsonObject(schema["$defs"]) ? schema["$defs"] : {};
  const walk: Walk = { defs: root, issues: [], root: schema, depth: 0 };
  check(walk, schema, value, "");
  return walk.issues.slice(0, MOST_ISSUES);
}

interface Walk {
  readonly root: Json;
  readonly defs: JsonObject;
  readonly issues: SchemaIssue[];
  readonly depth: number;
}

function check(walk: Walk, schema: Json | undefined, value: unknown, path: string): void {
  if (schema === undefined || schema === true || walk.issues.length >= MOST_ISSUES || walk.depth > MOST_DEPTH) return;
  if (schema === false) return issue(walk, path, "is not allowed here");
  if (!isJsonObject(schema)) return;
  const below = { ...walk, depth: walk.depth + 1 };
  const before = walk.issues.length;
  if (typeof schema["$ref"] === "string") check(below, target(walk, schema["$ref"]), value, path);
  if (walk.issues.length > before || !checkType(walk, schema, value, path)) return;
  if (!checkValues(walk, schema, value, path)) return;
  for (const part of list(schema["allOf"])) check(below, part, value, path);
  checkForms(below, schema, value, path);
  checkConditions(below, schema, value, path);
  if (typeof value === "string") checkString(walk, schema, value, path);
  else if (typeof value === "number") checkNumber(walk, schema, value, path);
  else if (Array.isArray(value)) checkArray(below, schema, value, path);
  else if (isObject(value)) checkObject(below, schema, value, path);
}

const target = (walk: Walk, ref: string): Json | undefined => (ref === "#" ? walk.root : walk.defs[refId(ref)]);

function fits(walk: Walk, schema: Json | undefined, value: unknown): boolean {
  const inner: Walk = { ...walk, issues: [] };
  check(inner, schema, value, "");
  return inner.issues.length === 0;
}

function checkType(walk: Walk, schema: JsonObject, value: unknown, path: string): boolean {
  const { type } = schema;
  if (type === undefined) return true;
  const types = Array.isArray(type) ? type : [type];
  if (!types.some((one) => hasType(value, one))) {
    issue(walk, path, `must be ${types.map(article).join(" or ")}, but is ${show(value)}`);
    return false;
  }
  if (types.includes("integer") && !types.includes("number") && typeof value === "number" && !Number.isSafeInteger(value)) {
    issue(walk, path, `is ${value}, beyond the whole numbers that JSON holds exactly (±9007199254740991)`);
    return false;
  }
  return true;
}

function hasType(value: unknown, type: Json): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function checkValues(walk: Walk, schema: JsonObject, value: unknown, path: string): boolean {
  if (schema["const"] !== undefined && !equal(schema["const"], value)) {
    issue(walk, path, `must be ${show(schema["const"])}, but is ${show(value)}`);
    return false;
  }
  const values = schema["enum"];
  if (!Array.isArray(values) || values.some((one) => equal(one, value))) return true;
  const words = values.filter((one) => typeof one === "string");
  const near = typeof value === "string" ? similar(value, words) : null;
  const shown = values.slice(0, 8).map(show).join(", ");
  issue(walk, path, `must be one of ${shown}${values.length > 8 ? " …" : ""}, but is ${show(value)}${near === null ? "" : `; did you mean ${show(near)}?`}`);
  return false;
}

function checkForms(walk: Walk, schema: JsonObject, value: unknown, path: string): void {
  for (const keyword of ["anyOf", "oneOf"]) {
    const forms = list(schema[keyword]);
    if (forms.length === 0) continue;
    const tried = forms.map((form) => {
      const inner: Walk = { ...walk, issues: [] };
      check(inner, form, value, path);
      return inner.issues;
    });
    const matching = tried.filter((issues) => issues.length === 0).length;
    if (matching === 0) explainClosest(walk, forms, tried, value, path);
    else if (keyword === "oneOf" && matching > 1) issue(walk, path, `fits ${matching} of the forms that it may have, but must fit exactly one`);
  }
}

function explainClosest(walk: Walk, forms: readonly Json[], tried: readonly (readonly SchemaIssue[])[], value: unknown, path: string): void {
  const types = forms.map((form) => (isJsonObject(form) && Object.keys(form).length === 1 ? form["type"] : undefined));
  if (types.every((type) => typeof type === "string")) return issue(walk, path, `must be ${types.map(article).join(" or ")}, but is ${show(value)}`);
  const distances = forms.map((form, index) => distance(walk, form, value, tried[index] ?? [], path));
  const best = distances.indexOf(Math.min(...distances));
  for (const one of tried[best] ?? []) walk.issues.push(one);
}

/** How far a form is from what was meant: another type is farthest, then another tag, then the number of issues. */
function distance(walk: Walk, form: Json, value: unknown, issues: readonly SchemaIssue[], path: string): number {
  const schema = deref(walk, form);
  if (!isJsonObject(schema)) return 1e9;
  const type = schema["type"];
  if (type !== undefined && !(Array.isArray(type) ? type : [type]).some((one) => hasType(value, one))) return 1e6 + issues.length;
  let far = 0;
  const properties = schema["properties"];
  if (isObject(value) && isJsonObject(properties)) {
    for (const [name, property] of Object.entries(properties)) {
      const rule = deref(walk, property);
      if (!isJsonObject(rule) || (rule["const"] === undefined && rule["enum"] === undefined)) continue;
      far += Object.hasOwn(value, name) ? (fits(walk, rule, value[name]) ? -1000 : 10_000) : 100;
    }
  }
  // Issues deep inside mean that the outer structure fitted.
  const shallow = issues.filter((one) => one.path === path).length;
  return far + issues.length + shallow * 2;
}

function deref(walk: Walk, schema: Json): Json | undefined {
  let at: Json | undefined = schema;
  for (let depth = 0; depth < 20 && isJsonObject(at) && typeof at["$ref"] === "string"; depth++) at = target(walk, at["$ref"]);
  return at;
}

function checkConditions(walk: Walk, schema: JsonObject, value: unknown, path: string): void {
  if (schema["not"] !== undefined && fits(walk, schema["not"], value)) issue(walk, path, `is ${show(value)}, which its schema rules out (\`not\`)`);
  if (schema["if"] !== undefined) check(walk, fits(walk, schema["if"], value) ? schema["then"] : schema["else"], value, path);
}

function checkString(walk: Walk, schema: JsonObject, value: string, path: string): void {
  const { minLength, maxLength, pattern, format } = schema;
  const length = typeof minLength === "number" || typeof maxLength === "number" ? [...value].length : 0;
  if (typeof minLength === "number" && length < minLength) issue(walk, path, value === "" && minLength === 1 ? "must not be empty" : `must have at least ${count(minLength, "character")}, but is ${show(value)}`);
  if (typeof maxLength === "number" && length > maxLength) issue(walk, path, `must have at most ${count(maxLength, "character")}, but has ${length}`);
  if (typeof pattern === "string") {
    const compiled = compilePattern(pattern);
    if ("test" in compiled && !compiled.test(value)) issue(walk, path, `must match \`${pattern}\`, but is ${show(value)}`);
  }
  if (typeof format === "string" && !hasFormat(format, value)) issue(walk, path, `must be ${FORMAT_NAMES.get(format) ?? `of the format \`${format}\``}, but is ${show(value)}`);
}

const FORMAT_NAMES: ReadonlyMap<string, string> = new Map([
  ["date-time", "a time such as 2026-01-31T12:00:00Z"], ["date", "a date such as 2026-01-31"], ["time", "a time of day such as 12:00:00Z"],
  ["email", "an e-mail address"], ["uri", "a URI"], ["uuid", "a UUID"], ["ipv4", "an IPv4 address"], ["ipv6", "an IPv6 address"], ["hostname", "a host name"],
  ["duration", "a duration such as PT1H30M"],
]);

const formats: ReadonlyMap<string, unknown> = new Map(Object.entries(fullFormats));

function hasFormat(name: string, value: string | number): boolean {
  const format = formats.get(name);
  if (format instanceof RegExp) return typeof value !== "string" || format.test(value);
  if (typeof format === "function") return typeof value !== "string" || format(value) === true;
  if (typeof format !== "object" || format === null || !("validate" in format)) return true;
  if ((("type" in format && format.type === "number") || false) !== (typeof value === "number")) return true;
  return format.validate instanceof RegExp ? format.validate.test(String(value)) : typeof format.validate !== "function" || format.validate(value) === true;
}

function checkNumber(walk: Walk, schema: JsonObject, value: number, path: string): void {
  const limits: readonly (readonly [string, string, (limit: number) => boolean])[] = [
    ["minimum", "at least", (limit) => value >= limit],
    ["maximum", "at most", (limit) => value <= limit],
    ["exclusiveMinimum", "above", (limit) => value > limit],
    ["exclusiveMaximum", "below", (limit) => value < limit],
    ["multipleOf", "a multiple of", (step) => Number.isInteger(value / step)],
  ];
  for (const [keyword, words, holds] of limits) {
    const limit = schema[keyword];
    if (typeof limit === "number" && !holds(limit)) issue(walk, path, `must be ${words} ${limit}, but is ${value}`);
  }
  const { format } = schema;
  if (typeof format === "string" && !hasFormat(format, value)) issue(walk, path, `must be of the format \`${format}\`, but is ${value}`);
}

function checkArray(walk: Walk, schema: JsonObject, value: readonly unknown[], path: string): void {
  const { minItems, maxItems, contains, items } = schema;
  if (typeof minItems === "number" && value.length < minItems) issue(walk, path, minItems === 1 ? "must not be empty" : `must have at least ${count(minItems, "item")}, but has ${value.length}`);
  if (typeof maxItems === "number" && value.length > maxItems) issue(walk, path, `must have at most ${count(maxItems, "item")}, but has ${value.length}`);
  const first = list(schema["prefixItems"]);
  for (const [index, item] of value.entries()) check(walk, index < first.length ? first[index] : items, item, `${path}[${index}]`);
  if (schema["uniqueItems"] === true) {
    const twice = value.findIndex((item, index) => value.findIndex((other) => equal(other, item)) !== index);
    if (twice !== -1) issue(walk, `${path}[${twice}]`, `is ${show(value[twice])}, which stands in the list already`);
  }
  if (contains !== undefined) {
    const { minContains = 1, maxContains } = schema;
    const matching = value.filter((item) => fits(walk, contains, item)).length;
    if (typeof minContains === "number" && matching < minContains) issue(walk, path, `must hold at least ${count(minContains, "item")} of the form that \`contains\` names, but holds ${matching}`);
    if (typeof maxContains === "number" && matching > maxContains) issue(walk, path, `must hold at most ${count(maxContains, "item")} of the form that \`contains\` names, but holds ${matching}`);
  }
}

function checkObject(walk: Walk, schema: JsonObject, value: Record<string, unknown>, path: string): void {
  const names = Object.keys(value);
  const { minProperties, maxProperties, propertyNames, additionalProperties } = schema;
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  for (const name of list(schema["required"])) {
    if (typeof name === "string" && !Object.hasOwn(value, name)) issue(walk, under(path, name), "is missing");
  }
  if (typeof minProperties === "number" && names.length < minProperties) issue(walk, path, `must have at least ${count(minProperties, "field")}, but has ${names.length}`);
  if (typeof maxProperties === "number" && names.length > maxProperties) issue(walk, path, `must have at most ${count(maxProperties, "field")}, but has ${names.length}`);
  const patterns = isJsonObject(schema["patternProperties"]) ? Object.entries(schema["patternProperties"]) : [];
  for (const name of names) {
    let known = false;
    if (Object.hasOwn(properties, name)) {
      known = true;
      check(walk, properties[name], value[name], under(path, name));
    }
    for (const [pattern, rule] of patterns) {
      const compiled = compilePattern(pattern);
      if (!("test" in compiled) || !compiled.test(name)) continue;
      known = true;
      check(walk, rule, value[name], under(path, name));
    }
    if (propertyNames !== undefined && !fits(walk, propertyNames, name)) issue(walk, under(path, name), "has a name that is not allowed here");
    if (known || additionalProperties === undefined) continue;
    if (additionalProperties === false) undeclared(walk, path, name, Object.keys(properties).filter((other) => !Object.hasOwn(value, other)));
    else check(walk, additionalProperties, value[name], under(path, name));
  }
  dependents(walk, schema, value, path);
}

function undeclared(walk: Walk, path: string, name: string, candidates: readonly string[]): void {
  const near = similar(name, candidates);
  issue(walk, under(path, name), `is no field of this object${near === null ? "" : `; did you mean \`${near}\`?`}`);
}

function dependents(walk: Walk, schema: JsonObject, value: Record<string, unknown>, path: string): void {
  const required = schema["dependentRequired"];
  if (isJsonObject(required)) {
    for (const [name, others] of Object.entries(required)) {
      if (!Object.hasOwn(value, name)) continue;
      for (const other of list(others)) if (typeof other === "string" && !Object.hasOwn(value, other)) issue(walk, under(path, other), `is missing, and \`${name}\` needs it`);
    }
  }
  const schemas = schema["dependentSchemas"];
  if (isJsonObject(schemas)) for (const [name, part] of Object.entries(schemas)) if (Object.hasOwn(value, name)) check(walk, part, value, path);
}

function issue(walk: Walk, path: string, problem: string): void {
  walk.issues.push({ path, message: `${path === "" ? "the value" : path} ${problem}` });
}

const under = (path: string, name: string): string => {
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const count = (number: number, unit: string): string => `${number} ${unit}${number === 1 ? "" : "s"}`;

const article = (type: Json): string => (type === "null" ? "null" : /^[aio]/.test(String(type)) ? `an ${String(type)}` : `a ${String(type)}`).replace(/^an array$/, "a list");

function show(value: unknown): string {
  if (value === undefined) return "absent";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}
