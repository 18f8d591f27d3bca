import type { AvroSchema, AvroType } from "../core/format/avro.js";
import { isJsonObject, type Json, type JsonObject } from "../core/json.js";

/**
 * An Avro schema as JSON Schema: what its values are in flows. `sent`: what a flow may give, where fields with a default
 * may be left out; a message that was read has them all. Named types are under `$defs` by their full names.
 */
export function avroToSchema({ root, names }: AvroSchema, form: "read" | "sent"): JsonObject {
  const defs: Record<string, Json> = {};
  const ref = (name: string): JsonObject => {
    const type = names.get(name);
    if (!Object.hasOwn(defs, name) && type !== undefined) {
      defs[name] = true; // until it is known: it may refer to itself
      defs[name] = bare(type);
    }
    return { $ref: `#/$defs/${name}` };
  };
  /** A named type stands under its name, wherever it was defined. */
  const of = (type: AvroType): Json => (("name" in type && names.has(type.name)) ? ref(type.name) : bare(type));

  function bare(type: AvroType): Json {
    switch (type.is) {
      case "ref":
        return ref(type.name);
      case "null":
      case "boolean":
      case "string":
        return { type: type.is };
      case "int":
        return { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
      case "long":
        return { type: "integer" };
      case "float":
      case "double":
        return { type: "number" };
      case "bytes":
        return { type: "string", format: "byte", contentEncoding: "base64" };
      case "fixed":
        return { type: "string", format: "byte", contentEncoding: "base64", minLength: Math.ceil(type.size / 3) * 4, maxLength: Math.ceil(type.size / 3) * 4 };
      case "uuid":
        return { type: "string", format: "uuid" };
      case "date":
        return { type: "string", format: "date" };
      case "time":
        return { type: "string", pattern: `^([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,${type.digits}})?$` };
      case "timestamp":
        return type.local ? { type: "string", pattern: `^\\d{4}-\\d\\d-\\d\\dT([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,${type.digits}})?$` } : { type: "string", format: "date-time" };
      case "decimal":
        return { type: "string", pattern: decimalPattern(type) };
      case "enum":
        return { type: "string", enum: [...type.symbols] };
      case "array":
        return { type: "array", items: of(type.items) };
      case "map":
        return { type: "object", additionalProperties: of(type.values) };
      case "union":
        return unionOf(type.of.map(of));
      case "record":
        return {
          type: "object",
          properties: Object.fromEntries(type.fields.map(({ name, type: field, doc }): [string, Json] => [name, documented(of(field), doc)])),
          required: type.fields.flatMap(({ name, hasDefault }) => (form === "sent" && hasDefault ? [] : [name])),
          additionalProperties: false,
        };
    }
  }

  const schema = of(root);
  return { ...(isJsonObject(schema) ? schema : {}), ...(Object.keys(defs).length === 0 ? {} : { $defs: defs }) };
}

const unionOf = (branches: readonly Json[]): Json => (branches.length === 1 ? (branches[0] ?? true) : { anyOf: branches });

/** As exact as it was written: text, which `double()` makes a number of. */
const decimalPattern = ({ precision, scale }: { readonly precision: number; readonly scale: number }): string =>
  `^-?${precision === scale ? "0" : `\\d{1,${precision - scale}}`}${scale === 0 ? "" : `(\\.\\d{1,${scale}})?`}$`;

const documented = (schema: Json, doc: string | undefined): Json => (doc === undefined || !isJsonObject(schema) ? schema : { ...schema, description: doc });
