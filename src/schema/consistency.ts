import { isJsonObject, type Json, type JsonObject } from "../core/json.js";
import { similar } from "../core/typing/similar.js";
import { BROKEN, type Pointer } from "./environment.js";
import { impliedType } from "./keyword.js";
import { didYouMean, fail, type Lowering } from "./lowering.js";

/** Keywords that are well-formed each, but together let no value through, or say nothing about the declared type. */
export function checkConsistency(at: Lowering, schema: JsonObject, pointer: Pointer): void {
  for (const [least, most] of RANGES) {
    const low = schema[least];
    const high = schema[most];
    if (typeof low === "number" && typeof high === "number" && low > high) {
      fail(at, { pointer: [...pointer, least], code: "FC4153", message: `\`${least}\` is ${low}, above \`${most}\` ${high}, so no value fits` });
    }
  }
  const types = typesOf(schema["type"]);
  if (types === null) return;
  for (const key of Object.keys(schema)) {
    const speaksOf = impliedType([key]);
    if (speaksOf === null || types.has(speaksOf) || (speaksOf === "number" && types.has("integer"))) continue;
    if (key === "format" && (types.has("number") || types.has("integer"))) continue;
    fail(at, { pointer: [...pointer, key], atKey: true, code: "FC4153", message: `\`${key}\` says nothing about ${[...types].join(" or ")}: it is for ${speaksOf}`, ...(key === "properties" || key === "items" ? { hint: `write \`type: ${speaksOf}\`` } : {}) });
  }
  const values = schema["enum"];
  if (!Array.isArray(values)) return;
  const stranger = values.findIndex((value) => !types.has(jsonType(value)) && !(types.has("integer") && Number.isInteger(value)));
  if (stranger !== -1) {
    fail(at, { pointer: [...pointer, "enum", stranger], code: "FC4153", message: `\`${JSON.stringify(values[stranger])}\` in \`enum\` is no ${[...types].join(" or ")}`, ...(values[stranger] === null ? { hint: 'write `type: [string, "null"]`' } : {}) });
  }
}

const RANGES: readonly (readonly [string, string])[] = [
  ["minimum", "maximum"], ["minLength", "maxLength"], ["minItems", "maxItems"], ["minProperties", "maxProperties"], ["minContains", "maxContains"],
];

/**
 * Names in `required` that `properties` does not declare: a mistake where the object is closed, or the name is misspelt.
 * Gives what is known then: of a misspelt field nothing is, whichever of the two names was meant.
 */
export function requiredAsDeclared(at: Lowering, schema: JsonObject, pointer: Pointer): JsonObject {
  const { required, properties } = schema;
  if (schema["patternProperties"] !== undefined || !Array.isArray(required)) return schema;
  const closed = schema["additionalProperties"] === false;
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  let sound = true;
  for (const [index, name] of required.entries()) {
    if (typeof name !== "string" || names.includes(name)) continue;
    const near = similar(name, closed ? names : names.filter((one) => !required.includes(one)));
    // An open object may require what it does not declare.
    if (!closed && near === null) continue;
    fail(at, { pointer: [...pointer, "required", index], code: "FC4157", message: `\`${name}\` is required but not among the properties of this ${closed ? "closed " : ""}object`, ...didYouMean(near) });
    if (near !== null) sound = false;
  }
  return sound ? schema : BROKEN;
}

function typesOf(type: Json | undefined): ReadonlySet<string> | null {
  if (typeof type === "string") return new Set([type]);
  return Array.isArray(type) ? new Set(type.filter((one) => typeof one === "string")) : null;
}

const jsonType = (value: Json): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
