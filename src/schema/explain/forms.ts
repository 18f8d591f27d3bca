import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";
import { hasType } from "./values.js";
import { fits, isObject, issue, listOf, type SchemaIssue, type Walk } from "./walk.js";
import { article, show, under } from "./words.js";

/** `anyOf` and `oneOf`. */
export function checkForms(walk: Walk, schema: JsonObject, value: unknown, path: string): void {
  for (const keyword of ["anyOf", "oneOf"]) {
    const forms = listOf(schema[keyword]);
    if (forms.length === 0) continue;
    const tried = forms.map((form) => walk.tried(form, value, path));
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
  for (const one of tried[best] ?? []) walk.say(one);
}

/** How far a form is from what was meant: another type is farthest, then another tag, then the number of issues. */
function distance(walk: Walk, form: Json, value: unknown, issues: readonly SchemaIssue[], path: string): number {
  const schema = walk.resolved(form);
  if (!isJsonObject(schema)) return 1e9;
  const type = schema["type"];
  if (type !== undefined && !(Array.isArray(type) ? type : [type]).some((one) => hasType(value, one))) return 1e6 + issues.length;
  let far = 0;
  const properties = schema["properties"];
  if (isObject(value) && isJsonObject(properties)) {
    for (const [name, property] of Object.entries(properties)) {
      const rule = walk.resolved(property);
      if (!isJsonObject(rule) || (rule["const"] === undefined && rule["enum"] === undefined)) continue;
      far += Object.hasOwn(value, name) ? (fits(walk, rule, value[name], under(path, name)) ? -1000 : 10_000) : 100;
    }
  }
  // Issues deep inside mean that the outer structure fitted.
  const shallow = issues.filter((one) => one.path === path).length;
  return far + issues.length + shallow * 2;
}
