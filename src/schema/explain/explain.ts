import { isJsonObject, type Json, type JsonObject } from "../../core/json.js";
import { similar } from "../../core/typing/similar.js";
import { refId } from "../environment.js";
import { checkArray, checkObject } from "./containers.js";
import { checkForms } from "./forms.js";
import { checkNumber, checkString } from "./scalars.js";
import { equal, hasType } from "./values.js";
import { fits, isObject, issue, listOf, type SchemaIssue, type Walk } from "./walk.js";
import { article, show } from "./words.js";

const MOST_ISSUES = 20;
const MOST_DEPTH = 200;
/** Of references that lead to references. */
const MOST_REFERENCES = 20;

/**
 * Why a value does not fit: walks schema and value side by side and keeps to one issue per cause. Of several forms
 * (`oneOf`, `anyOf`) the closest is explained, never all of them. Empty when the value fits.
 */
export function explain(schema: Json, value: unknown): readonly SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  const defs = isJsonObject(schema) && isJsonObject(schema["$defs"]) ? schema["$defs"] : {};
  walkOf({ root: schema, defs, known: new Map(), depth: 0 }, issues).check(schema, value, "");
  return issues;
}

interface Tried {
  /** One value may stand in several places. */
  readonly path: string;
  readonly issues: readonly SchemaIssue[];
}

interface Whole {
  readonly root: Json;
  readonly defs: JsonObject;
  /** What was tried with lists and objects: forms that hold each other are many ways to one value. */
  readonly known: Map<Json, Map<object, Tried>>;
  depth: number;
}

function walkOf(whole: Whole, issues: SchemaIssue[]): Walk {
  const target = (ref: string): Json | undefined => (ref === "#" ? whole.root : whole.defs[refId(ref)]);
  const walk: Walk = {
    isFull: () => issues.length >= MOST_ISSUES,
    say(one) {
      if (issues.length < MOST_ISSUES) issues.push(one);
    },
    check(schema, value, path) {
      if (schema === undefined || schema === true || walk.isFull() || whole.depth > MOST_DEPTH) return;
      if (schema === false) return issue(walk, path, "is not allowed here");
      if (!isJsonObject(schema)) return;
      const before = issues.length;
      whole.depth += 1;
      if (typeof schema["$ref"] === "string") walk.check(target(schema["$ref"]), value, path);
      if (issues.length === before) checkOwn(walk, schema, value, path);
      whole.depth -= 1;
    },
    tried(schema, value, path) {
      if (schema === undefined || typeof value !== "object" || value === null) return attempt(whole, schema, value, path);
      const ofSchema = whole.known.get(schema) ?? new Map<object, Tried>();
      whole.known.set(schema, ofSchema);
      const old = ofSchema.get(value);
      if (old?.path === path) return old.issues;
      const found = attempt(whole, schema, value, path);
      ofSchema.set(value, { path, issues: found });
      return found;
    },
    resolved(schema) {
      let at: Json | undefined = schema;
      for (let count = 0; count < MOST_REFERENCES && isJsonObject(at) && typeof at["$ref"] === "string"; count++) at = target(at["$ref"]);
      return at;
    },
  };
  return walk;
}

function attempt(whole: Whole, schema: Json | undefined, value: unknown, path: string): readonly SchemaIssue[] {
  const found: SchemaIssue[] = [];
  walkOf(whole, found).check(schema, value, path);
  return found;
}

/** What stands beside a reference, or alone. */
function checkOwn(walk: Walk, schema: JsonObject, value: unknown, path: string): void {
  if (!checkType(walk, schema, value, path) || !checkValues(walk, schema, value, path)) return;
  for (const part of listOf(schema["allOf"])) walk.check(part, value, path);
  checkForms(walk, schema, value, path);
  checkConditions(walk, schema, value, path);
  if (typeof value === "string") checkString(walk, schema, value, path);
  else if (typeof value === "number") checkNumber(walk, schema, value, path);
  else if (Array.isArray(value)) checkArray(walk, schema, value, path);
  else if (isObject(value)) checkObject(walk, schema, value, path);
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

function checkConditions(walk: Walk, schema: JsonObject, value: unknown, path: string): void {
  if (schema["not"] !== undefined && fits(walk, schema["not"], value, path)) issue(walk, path, `is ${show(value)}, which its schema rules out (\`not\`)`);
  if (schema["if"] !== undefined) walk.check(fits(walk, schema["if"], value, path) ? schema["then"] : schema["else"], value, path);
}
