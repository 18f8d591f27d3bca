import { parse } from "yaml";
import type { Json, JsonObject } from "../../core/json.js";
import { FLOW_FILE } from "./definitions/flow.js";
import { PROJECT } from "./definitions/project.js";
import { parseDuration } from "../../core/parse-duration.js";
import type { KeysOutline, Outline } from "./forms/form.js";
import type { Key, Keys } from "./forms/keys.js";

/** The JSON Schema of a flow file or library, for editors: it completes and explains keys. `flowctl validate` knows more. */
export const flowSchema = (): JsonObject => schemaOf("A flowctl flow file", "https://flowctl.dev/schemas/flow.schema.json", FLOW_FILE.outline, ["flowctl"]);
/** The JSON Schema of `flowctl.yaml`. */
export const projectSchema = (): JsonObject => schemaOf("A flowctl project file", "https://flowctl.dev/schemas/project.schema.json", PROJECT.outline, []);

/** Forms that hold themselves, by name. */
type Defs = Map<string, Json>;

function schemaOf(title: string, id: string, outline: KeysOutline, required: readonly string[]): JsonObject {
  const defs: Defs = new Map();
  const root = objectSchema(outline.keys, defs, required);
  return { $schema: "https://json-schema.org/draft/2020-12/schema", $id: id, title, ...root, $defs: Object.fromEntries(defs) };
}

const ANY_SCALAR: Json = ["string", "number", "boolean"];
const DURATION_PATTERN = "^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$";

function schema(outline: Outline, defs: Defs): JsonObject {
  switch (outline.is) {
    case "text":
      return outline.pattern === undefined ? { type: ANY_SCALAR } : { type: "string", pattern: outline.pattern };
    case "word":
      return { enum: outline.words };
    case "number":
      return {
        type: outline.whole ? "integer" : "number",
        ...(outline.min === undefined ? {} : { minimum: outline.min }),
        ...(outline.above === undefined ? {} : { exclusiveMinimum: outline.above }),
        ...(outline.max === undefined ? {} : { maximum: outline.max }),
      };
    case "boolean":
      return { type: "boolean" };
    case "duration":
      return { type: "string", pattern: DURATION_PATTERN };
    case "cel":
      return { type: ANY_SCALAR };
    case "data":
      return {};
    case "type":
      return { type: ["string", "object"] };
    case "list":
      return { type: "array", items: schema(outline.of, defs), ...(outline.min === 0 ? {} : { minItems: outline.min }) };
    case "record":
      return { type: "object", propertyNames: { pattern: outline.pattern }, additionalProperties: schema(outline.of, defs) };
    case "keys":
      return keysSchema(outline, defs);
    case "either":
      return { anyOf: outline.of.map((one) => schema(one, defs)) };
    case "named":
      return reference(outline.name, outline.get, defs);
  }
}

function reference(name: string, get: () => Outline, defs: Defs): JsonObject {
  if (!defs.has(name)) {
    defs.set(name, {});
    defs.set(name, schema(get(), defs));
  }
  return { $ref: `#/$defs/${name}` };
}

function keysSchema(outline: KeysOutline, defs: Defs): JsonObject {
  if (outline.kinds === undefined) return objectSchema(outline.keys, defs);
  const kinds = outline.kinds
    .filter((kind) => !kind.later)
    .map((kind) => ({ description: `${kind.description}\n\nExample: ${kind.example}`, ...objectSchema({ ...outline.keys, ...kind.keys }, defs) }));
  return { anyOf: outline.kindRequired === false ? [...kinds, objectSchema(outline.keys, defs, ["extends"])] : kinds };
}

function objectSchema(keys: Keys, defs: Defs, alsoRequired: readonly string[] = []): JsonObject {
  const required = [...alsoRequired, ...Object.keys(keys).filter((name) => keys[name]?.required === true)];
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, keySchema(key, defs)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function keySchema(key: Key<unknown>, defs: Defs): JsonObject {
  if (key.later !== undefined) {
    const description = `Not supported by this version. ${key.description}`;
    return { not: {}, description, markdownDescription: `**Not supported by this version.** ${key.description}` };
  }
  const usual = key.default === undefined ? "" : `\n\nDefault: ${key.default.includes("`") || / /.test(key.default) ? key.default : `\`${key.default}\``}`;
  const value = defaultValue(key);
  return {
    ...schema(key.form.outline, defs),
    description: key.description.replaceAll("`", ""),
    markdownDescription: `${key.description}${usual}${key.example === undefined ? "" : `\n\nExample: \`${key.example}\``}`,
    ...(value === undefined ? {} : { default: value }),
    ...(key.example === undefined ? {} : { examples: [exampleValue(key.example)] }),
  };
}

const exampleValue = (text: string): Json => {
  const value: Json = parse(text);
  return value;
};

/** Only where the default is a value; others are words in the description. */
function defaultValue({ form: { outline }, default: text }: Key<unknown>): Json | undefined {
  if (text === undefined) return undefined;
  const fits = (one: Outline): boolean =>
    (one.is === "word" && one.words.includes(text)) ||
    (one.is === "duration" && parseDuration(text) !== null) ||
    (one.is === "number" && /^-?\d/.test(text) && Number.isFinite(Number(text))) ||
    (one.is === "either" && one.of.some(fits));
  return fits(outline) ? exampleValue(text) : undefined;
}
