import { isJsonObject, type Json, type JsonObject } from "../../../core/json.js";
import { parseJson } from "../../../core/parse-json.js";

type Schema = JsonObject | boolean;

/** A schema as OpenAI takes it: its root is always an object. `wrapped`: the value stands under `value`. */
export interface SentSchema {
  readonly schema: JsonObject;
  readonly wrapped: boolean;
  /** The provider holds the model to the schema. Elsewhere it is only shown to it. */
  readonly strict: boolean;
}

/** References at the root are followed; what is not an object is wrapped in one. */
export function sentSchema(schema: Schema): SentSchema {
  const root = followed(schema);
  if (isJsonObject(root) && root["type"] === "object") return { schema: root, wrapped: false, strict: isStrict(root) };
  const { $defs, ...value } = typeof root === "boolean" ? {} : root;
  const wrapper: JsonObject = {
    type: "object",
    properties: { value },
    required: ["value"],
    additionalProperties: false,
    ...($defs === undefined ? {} : { $defs }),
  };
  return { schema: wrapper, wrapped: true, strict: isStrict(wrapper) };
}

function followed(schema: Schema): Schema {
  let at = schema;
  for (let hops = 0; hops < 100 && typeof at !== "boolean"; hops++) {
    const { $ref: ref, $defs: defs } = at;
    const name = typeof ref === "string" ? /^#\/\$defs\/([^/]+)$/.exec(ref)?.[1] : undefined;
    const target = name !== undefined && isJsonObject(defs) ? defs[name.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
    if (!isJsonObject(target) || defs === undefined) return at;
    at = { ...target, $defs: defs };
  }
  return at;
}

const STRICT_KEYWORDS = new Set([
  "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs", "title", "description",
  "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems",
]);

/**
 * Whether OpenAI's strict mode takes it: closed objects whose fields are all required, and only some keywords
 * (https://platform.openai.com/docs/guides/structured-outputs#supported-schemas).
 */
function isStrict(schema: Json): boolean {
  if (!isJsonObject(schema)) return false;
  const keywords = Object.keys(schema);
  if (keywords.length === 0 || !keywords.every((keyword) => STRICT_KEYWORDS.has(keyword))) return false;
  const { type, properties = {}, required = [], additionalProperties, items, anyOf, $defs = {} } = schema;
  if (type === "object" || "properties" in schema) {
    if (additionalProperties !== false || !isJsonObject(properties) || !Array.isArray(required)) return false;
    if (!Object.keys(properties).every((name) => required.includes(name))) return false;
  }
  if (type === "array" && items === undefined) return false;
  const inner = [...Object.values(isJsonObject(properties) ? properties : {}), ...Object.values(isJsonObject($defs) ? $defs : {})];
  return [...inner, ...(items === undefined ? [] : [items]), ...(Array.isArray(anyOf) ? anyOf : [])].every(isStrict);
}

/** The answer's JSON, out of a Markdown fence and out of the wrapper where there is one. What is no JSON stays as it is. */
export function plainAnswer(text: string, wrapped: boolean): string {
  const bare = /^\s*```\w*\n([\s\S]*?)\n?```\s*$/.exec(text)?.[1] ?? text;
  if (!wrapped) return bare;
  const value = unwrapped(bare);
  return value === undefined ? bare : JSON.stringify(value);
}

/** The value under `value`, where that is all there is. */
function unwrapped(text: string): Json | undefined {
  try {
    const json: Json = parseJson(text);
    return isJsonObject(json) && Object.keys(json).length === 1 ? json["value"] : undefined;
  } catch {
    return undefined;
  }
}
