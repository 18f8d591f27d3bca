import { isJsonObject, type JsonObject } from "../../core/json.js";
import { similar } from "../../core/typing/similar.js";
import { compilePattern } from "../pattern.js";
import { firstRepeated } from "./values.js";
import { fits, issue, listOf, type Walk } from "./walk.js";
import { count, show, under } from "./words.js";

export function checkArray(walk: Walk, schema: JsonObject, value: readonly unknown[], path: string): void {
  const { minItems, maxItems, contains, items } = schema;
  if (typeof minItems === "number" && value.length < minItems) issue(walk, path, minItems === 1 ? "must not be empty" : `must have at least ${count(minItems, "item")}, but has ${value.length}`);
  if (typeof maxItems === "number" && value.length > maxItems) issue(walk, path, `must have at most ${count(maxItems, "item")}, but has ${value.length}`);
  const first = listOf(schema["prefixItems"]);
  for (const [index, item] of value.entries()) {
    if (walk.isFull()) return;
    walk.check(index < first.length ? first[index] : items, item, `${path}[${index}]`);
  }
  if (schema["uniqueItems"] === true) {
    const twice = firstRepeated(value);
    if (twice !== -1) issue(walk, `${path}[${twice}]`, `is ${show(value[twice])}, which stands in the list already`);
  }
  if (contains !== undefined) {
    const { minContains = 1, maxContains } = schema;
    const matching = value.filter((item, index) => fits(walk, contains, item, `${path}[${index}]`)).length;
    if (typeof minContains === "number" && matching < minContains) issue(walk, path, `must hold at least ${count(minContains, "item")} of the form that \`contains\` names, but holds ${matching}`);
    if (typeof maxContains === "number" && matching > maxContains) issue(walk, path, `must hold at most ${count(maxContains, "item")} of the form that \`contains\` names, but holds ${matching}`);
  }
}

export function checkObject(walk: Walk, schema: JsonObject, value: Record<string, unknown>, path: string): void {
  const names = Object.keys(value);
  const { minProperties, maxProperties, propertyNames, additionalProperties } = schema;
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  for (const name of listOf(schema["required"])) {
    if (typeof name === "string" && !Object.hasOwn(value, name)) issue(walk, under(path, name), "is missing");
  }
  if (typeof minProperties === "number" && names.length < minProperties) issue(walk, path, `must have at least ${count(minProperties, "field")}, but has ${names.length}`);
  if (typeof maxProperties === "number" && names.length > maxProperties) issue(walk, path, `must have at most ${count(maxProperties, "field")}, but has ${names.length}`);
  const patterns = isJsonObject(schema["patternProperties"]) ? Object.entries(schema["patternProperties"]) : [];
  for (const name of names) {
    if (walk.isFull()) return;
    let known = false;
    if (Object.hasOwn(properties, name)) {
      known = true;
      walk.check(properties[name], value[name], under(path, name));
    }
    for (const [pattern, rule] of patterns) {
      const compiled = compilePattern(pattern);
      if (!("test" in compiled) || !compiled.test(name)) continue;
      known = true;
      walk.check(rule, value[name], under(path, name));
    }
    if (propertyNames !== undefined && !fits(walk, propertyNames, name, under(path, name))) issue(walk, under(path, name), "has a name that is not allowed here");
    if (known || additionalProperties === undefined) continue;
    if (additionalProperties === false) undeclared(walk, path, name, Object.keys(properties).filter((other) => !Object.hasOwn(value, other)));
    else walk.check(additionalProperties, value[name], under(path, name));
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
      for (const other of listOf(others)) if (typeof other === "string" && !Object.hasOwn(value, other)) issue(walk, under(path, other), `is missing, and \`${name}\` needs it`);
    }
  }
  const schemas = schema["dependentSchemas"];
  if (isJsonObject(schemas)) for (const [name, part] of Object.entries(schemas)) if (Object.hasOwn(value, name)) walk.check(part, value, path);
}
