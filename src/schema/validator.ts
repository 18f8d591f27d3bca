import { Ajv2020, type AnySchema, type ValidateFunction } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { isJsonObject, type Json, type JsonObject } from "../core/json.js";
import type { Schema } from "./environment.js";
import { explain } from "./explain/explain.js";
import { firstRepeated } from "./explain/values.js";
import type { SchemaIssue } from "./explain/walk.js";
import { compilePattern } from "./pattern.js";

export type { SchemaIssue };

/** Null when the value fits; else what is wrong with it, at least one issue and at most 20, one for each cause. */
export type Validator = (value: unknown) => readonly SchemaIssue[] | null;

const validators = new WeakMap<JsonObject, Validator>();

/**
 * A validator for a self-contained lowered schema (`bundle`), compiled at its first use and kept with the schema object.
 * Patterns run on RE2; whole numbers must lie within ±2^53−1, or JSON has already changed them.
 */
export function compileValidator(schema: Schema): Validator {
  if (schema === true) return () => null;
  if (schema === false) return (value) => explain(false, value);
  const known = validators.get(schema);
  if (known) return known;
  let validate: ValidateFunction | null = null;
  const validator: Validator = (value) => {
    validate ??= compile(schema);
    try {
      if (validate(value)) return null;
      const issues = explain(schema, value);
      return issues.length > 0 ? issues : [fromAjv(validate)];
    } catch (error) {
      // A recursive schema walks the value recursively: a hostile message can nest deeper than the stack.
      if (error instanceof RangeError) return [{ path: "", message: "the value is nested too deeply" }];
      throw error;
    }
  };
  validators.set(schema, validator);
  return validator;
}

/** For what `explain` does not walk (`unevaluatedProperties`): ajv's first error. */
function fromAjv(validate: ValidateFunction): SchemaIssue {
  const [first] = validate.errors ?? [];
  const steps = (first?.instancePath ?? "").split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const path = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join("").replace(/^\./, "");
  return { path, message: `${path === "" ? "the value" : path} ${first?.message ?? "does not fit its schema"}` };
}

function compile(schema: JsonObject): ValidateFunction {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    validateSchema: false,
    meta: false,
    addUsedSchema: false,
    unicodeRegExp: true,
    ownProperties: namesPrototype(schema),
    formats: fullFormats,
    code: { regExp: re2 },
    logger: false,
  });
  // The library compares each object of a list with each other one.
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({ keyword: "uniqueItems", type: "array", schemaType: "boolean", errors: false, validate: (unique: boolean, items: readonly unknown[]) => !unique || firstRepeated(items) < 0 });
  return ajv.compile(mapSchema(schema, (part) => withTagsFirst(withSafeIntegers(part))) as AnySchema);
}

/** ajv prints `code` only into stand-alone modules, which are not made here. It knows the patterns of a schema apart by their text alone. */
const re2 = Object.assign(
  (source: string) => {
    const pattern = compilePattern(source);
    if ("problem" in pattern) throw new Error(`pattern ${source}: ${pattern.problem}`);
    return { test: pattern.test, toString: () => source };
  },
  { code: "" },
);

const MOST = Number.MAX_SAFE_INTEGER;

function withSafeIntegers(part: JsonObject): JsonObject {
  if (part["type"] !== "integer" && !(Array.isArray(part["type"]) && part["type"].includes("integer") && !part["type"].includes("number"))) return part;
  const { minimum, maximum } = part;
  return {
    ...part,
    minimum: typeof minimum === "number" ? Math.max(minimum, -MOST) : -MOST,
    maximum: typeof maximum === "number" ? Math.min(maximum, MOST) : MOST,
  };
}

/** A form that is not the one that is meant ends at its tag. Behind what lies below it, values in values of several forms would be looked at twice as often with each level. */
function withTagsFirst(part: JsonObject): JsonObject {
  const { properties } = part;
  if (!isJsonObject(properties)) return part;
  const fields = Object.entries(properties);
  return { ...part, properties: Object.fromEntries([...fields.filter(isTag), ...fields.filter((field) => !isTag(field))]) };
}
const isTag = ([, rule]: readonly [string, Json]): boolean => isJsonObject(rule) && (rule["const"] !== undefined || rule["enum"] !== undefined);

const DATA: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);
const NAMED: ReadonlySet<string> = new Set(["properties", "patternProperties", "dependentSchemas", "$defs"]);

/** Applies `change` to every schema inside a schema. */
function mapSchema(schema: JsonObject, change: (schema: JsonObject) => JsonObject): JsonObject {
  const inside = (value: Json): Json => (Array.isArray(value) ? value.map(inside) : isJsonObject(value) ? mapSchema(value, change) : value);
  const entries = Object.entries(schema).map(([key, value]): [string, Json] => {
    if (DATA.has(key)) return [key, value];
    if (NAMED.has(key) && isJsonObject(value)) return [key, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inside(part)]))];
    return [key, inside(value)];
  });
  return change(Object.fromEntries(entries));
}

/** A property called `toString` is there in every object, unless own properties are asked for, which is slower. */
function namesPrototype(schema: JsonObject): boolean {
  const text = JSON.stringify(schema);
  return Object.getOwnPropertyNames(Object.prototype).some((name) => text.includes(`"${name}"`));
}
