import { isJsonObject, type Json, type JsonObject } from "../core/json.js";
import { similar } from "../core/typing/similar.js";
import { BROKEN, defRef, isBroken, type Lowered, type Pointer, type Schema, type TypeEnv } from "./environment.js";
import { withLazyType } from "./lazy-type.js";
import { lowerSchema } from "./lower-schema.js";
import { didYouMean, fail, type Lowering } from "./lowering.js";
import { BUILTINS, FOREIGN, parseTypeText } from "./type-text.js";

/**
 * A type as it stands in a flow file: a name, `T[]`, a built-in, `{ fields: … }` or an inline JSON Schema.
 * `scope` is unique in the compilation and stable (a declared type's id, else a path such as `topics.orders.message`):
 * the ids of the schema's own `$defs` begin with it. What has a problem lowers to "any JSON", so that followers stay silent.
 */
export function lowerType(json: Json, env: TypeEnv, scope: string): Lowered {
  const at: Lowering = { env, root: json, scope, problems: [], part: lowerSchema };
  const schema = lowerWhole(at, json, []);
  return withLazyType(schema, at.problems, env.definitions);
}

/** A type wherever one stands. */
function lowerWhole(at: Lowering, json: Json, pointer: Pointer): Schema {
  if (typeof json === "string") return lowerText(at, json, pointer, "type").schema;
  if (isJsonObject(json)) return "fields" in json ? lowerFields(at, json, pointer) : lowerSchema(at, json, pointer, true);
  if (json === true) return true;
  const list = Array.isArray(json) && json.length === 1 && typeof json[0] === "string" ? `a list is \`"${json[0]}[]"\`` : "write a type's name, `string`, `number`, `integer`, `boolean`, or an inline schema";
  return fail(at, { pointer, code: "FC4151", message: `a type cannot be ${json === null ? "empty" : Array.isArray(json) ? "a list" : `\`${String(json)}\``}`, hint: list });
}

/** `{ fields: { a: string, b: number? } }`: a closed object. */
function lowerFields(at: Lowering, json: JsonObject, pointer: Pointer): Schema {
  const fields = json["fields"] ?? null;
  for (const key of Object.keys(json)) {
    if (key === "fields" || key === "description" || key === "title") continue;
    return fail(at, { pointer: [...pointer, key], atKey: true, code: "FC4152", message: `\`${key}\` cannot stand beside \`fields\``, hint: "use `type: object` with `properties` and `required` for more than fields" });
  }
  if (!isJsonObject(fields)) {
    return fail(at, { pointer: [...pointer, "fields"], code: "FC4151", message: "`fields` must be a map of names and types", hint: "write `fields: { id: string, note: string? }`" });
  }
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const place = [...pointer, "fields", name];
    if (name.endsWith("?")) {
      fail(at, { pointer: place, atKey: true, code: "FC4150", message: `the \`?\` of an optional field stands behind its type, not behind \`${name.slice(0, -1)}\``, hint: `write \`${name.slice(0, -1)}: ${typeof value === "string" ? value : "string"}?\`` });
      properties[name.slice(0, -1)] = BROKEN;
      continue;
    }
    const { schema, optional } = typeof value === "string" ? lowerText(at, value, place, "field") : { schema: lowerWhole(at, value, place), optional: false };
    properties[name] = schema;
    if (!optional) required.push(name);
  }
  const about = { ...(typeof json["title"] === "string" ? { title: json["title"] } : {}), ...(typeof json["description"] === "string" ? { description: json["description"] } : {}) };
  return { type: "object", ...about, properties, required, additionalProperties: false };
}

function lowerText(at: Lowering, source: string, pointer: Pointer, where: "type" | "field"): { readonly schema: Schema; readonly optional: boolean } {
  const text = parseTypeText(source);
  if (text.kind === "bad") {
    const { message, hint, fix } = text;
    return { schema: fail(at, { pointer, code: "FC4151", message, ...(hint === undefined ? {} : { hint }), ...(fix === undefined ? {} : { fix }) }), optional: false };
  }
  if (text.optional && where === "type") {
    const plain = source.trim().slice(0, -1).trimEnd();
    return { schema: fail(at, { pointer, code: "FC4150", message: `\`${source.trim()}\` cannot be optional here: \`?\` marks a field inside \`fields\``, hint: `write \`${plain}\``, fix: plain }), optional: false };
  }
  if (text.kind === "enum") return { schema: lowerEnum(at, source, text.values, pointer, where), optional: text.optional };
  let schema = lowerName(at, text.name, source, pointer);
  if (!isBroken(schema)) for (let level = 0; level < text.lists; level++) schema = { type: "array", items: schema };
  return { schema, optional: text.optional };
}

function lowerEnum(at: Lowering, source: string, values: readonly string[], pointer: Pointer, where: "type" | "field"): Schema {
  const type = values.find((value) => BUILTINS.has(value) || value === "null" || at.env.named(value) !== null);
  if (type !== undefined) {
    const hint = type === "null" ? 'write `{ type: [string, "null"] }`, or `T?` for a field that may be absent' : "for one of several types write `{ anyOf: [ … ] }`; for these very words write `{ enum: [ … ] }`";
    return fail(at, { pointer, code: "FC2080", message: `\`${type}\` in \`${source.trim()}\` is the name of a type, but \`a | b\` is an enum of strings`, hint });
  }
  if (where === "field") return { type: "string", enum: values };
  return fail(at, { pointer, code: "FC4151", message: `\`${source.trim()}\` can only stand inside \`fields\``, hint: `write \`{ enum: [${values.join(", ")}] }\`` });
}

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["any", "any JSON is `{}`"], ["json", "any JSON is `{}`"], ["unknown", "any JSON is `{}`"], ["object", "an object is `{ fields: { … } }`, or `{ type: object }` for any"],
  ["map", "a map is `{ type: object, additionalProperties: { type: number } }`"], ["dict", "a map is `{ type: object, additionalProperties: { type: number } }`"],
  ["array", "a list is `T[]`, such as `string[]`"], ["list", "a list is `T[]`, such as `string[]`"],
  ["null", 'a value that may be null is `{ type: [string, "null"] }`'],
  ["date", "a date is `{ type: string, format: date }`"], ["datetime", "a time is `{ type: string, format: date-time }`"], ["timestamp", "a time is `{ type: string, format: date-time }`"],
]);

function lowerName(at: Lowering, name: string, source: string, pointer: Pointer): Schema {
  const definition = at.env.named(name);
  if (definition) return { $ref: defRef(definition.id) };
  if (BUILTINS.has(name)) return { type: name };
  const foreign = FOREIGN.get(name);
  const names = [...at.env.names()];
  const near = foreign ?? names.find((one) => one.endsWith(`.${name}`)) ?? similar(name, [...names, ...BUILTINS]);
  const instead = INSTEAD.get(name.toLowerCase());
  const help = instead === undefined ? didYouMean(near) : { hint: instead };
  return fail(at, { pointer, code: "FC3040", message: `there is no type \`${name}\``, ...help, ...(instead === undefined && near !== null ? { fix: source.replace(name, near) } : {}) });
}
