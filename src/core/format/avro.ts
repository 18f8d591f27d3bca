import { isJsonObject, type Json, type JsonObject } from "../json.js";
import { branchOf } from "./avro-branch.js";
import { fitsAvro } from "./avro-default.js";

/** An Avro schema with its names resolved. A logical type that is not known here, or does not fit what it stands on, counts as what it stands on. */
export type AvroType =
  | { readonly is: "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string" | "uuid" | "date" }
  | { readonly is: "time"; readonly digits: 3 | 6 }
  | { readonly is: "timestamp"; readonly digits: 3 | 6 | 9; readonly local: boolean }
  | { readonly is: "decimal"; readonly precision: number; readonly scale: number; /** Bytes, where it has a fixed size. */ readonly size: number | null; readonly name: string }
  | { readonly is: "array"; readonly items: AvroType }
  | { readonly is: "map"; readonly values: AvroType }
  | { readonly is: "union"; readonly of: readonly AvroType[] }
  | { readonly is: "enum"; readonly name: string; readonly symbols: readonly string[] }
  | { readonly is: "fixed"; readonly name: string; readonly size: number }
  | { readonly is: "record"; readonly name: string; readonly fields: readonly AvroField[] }
  /** A named type that is defined elsewhere in the schema. */
  | { readonly is: "ref"; readonly name: string };

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  /** A writer may leave it out. */
  readonly hasDefault: boolean;
}

export interface AvroSchema {
  readonly root: AvroType;
  readonly names: ReadonlyMap<string, AvroType>;
}

/** In one clause, for a message. */
export class AvroProblem extends Error {
  override readonly name = "AvroProblem";
}

const PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] as const;
type Primitive = (typeof PRIMITIVES)[number];
const primitive = (name: string): Primitive | undefined => PRIMITIVES.find((one) => one === name);

/** Throws AvroProblem for what is no Avro schema. `names` are types that it may name; it puts its own there. */
export function parseAvro(json: Json, names = new Map<string, AvroType>()): AvroSchema {
  const defaults: Parsing["defaults"] = [];
  const root = typeOf({ names, defaults }, json, "", "the schema");
  for (const type of [root, ...names.values()]) checkRefs(type, names);
  const schema = { root, names };
  for (const { type, value, where } of defaults) if (!fitsAvro((one) => resolveAvro(one, schema), type, value)) throw new AvroProblem(`the default of ${where} does not fit its type${isUnion(type) ? ": of a union it is one of the first branch" : ""}`);
  return schema;
}
const isUnion = ({ is }: AvroType): boolean => is === "union";

/** The type that stands there, also where a name does. */
export function resolveAvro(type: AvroType, { names }: AvroSchema): Exclude<AvroType, { readonly is: "ref" }> {
  const found = type.is === "ref" ? names.get(type.name) : type;
  if (found === undefined || found.is === "ref") throw new AvroProblem("a name in it leads nowhere");
  return found;
}

interface Parsing {
  readonly names: Map<string, AvroType>;
  /** They are looked at when all names are known. */
  readonly defaults: { readonly type: AvroType; readonly value: Json; readonly where: string }[];
}

function typeOf(at: Parsing, json: Json, space: string, where: string): AvroType {
  if (typeof json === "string") {
    const is = primitive(json);
    return is === undefined ? { is: "ref", name: fullName(json, space) } : { is };
  }
  if (Array.isArray(json)) return unionOf(at, json, space, where);
  if (!isJsonObject(json)) throw new AvroProblem(`${where} is no type`);
  const { type } = json;
  if (isJsonObject(type) || Array.isArray(type)) return typeOf(at, type, space, where);
  if (typeof type !== "string") throw new AvroProblem(`${where} has no \`type\``);
  switch (type) {
    case "array":
      return { is: "array", items: typeOf(at, json["items"] ?? null, space, `\`items\` of ${where}`) };
    case "map":
      return { is: "map", values: typeOf(at, json["values"] ?? null, space, `\`values\` of ${where}`) };
    case "record":
    case "error":
    case "enum":
    case "fixed":
      return namedOf(at, json, type, space, where);
    default:
      return logicalOf(json, typeOf(at, type, space, where));
  }
}

function unionOf(at: Parsing, json: readonly Json[], space: string, where: string): AvroType {
  const of = json.map((one, index) => typeOf(at, one, space, `branch ${index + 1} of ${where}`));
  if (of.length === 0 || of.some(({ is }) => is === "union")) throw new AvroProblem(`${where} is no union: it ${of.length === 0 ? "is empty" : "holds another one"}`);
  const kinds = of.map(branchOf);
  const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
  if (twice !== undefined) throw new AvroProblem(`${where} is no union: \`${twice}\` stands in it twice${PRIMITIVES.some((one) => one === twice) ? ", by itself or under a logical type" : ""}`);
  return { is: "union", of };
}

function namedOf(at: Parsing, json: JsonObject, type: "record" | "error" | "enum" | "fixed", space: string, where: string): AvroType {
  const { name: written, namespace } = json;
  if (typeof written !== "string" || !NAME.test(written) || primitive(written) !== undefined) throw new AvroProblem(`${where} has no name${typeof written === "string" ? `: \`${written}\` cannot be one` : ""}`);
  const name = fullName(written, typeof namespace === "string" ? namespace : space);
  if (at.names.has(name)) throw new AvroProblem(`\`${name}\` is defined twice`);
  // Until its fields are known: they may refer to it.
  at.names.set(name, { is: "ref", name });
  const made = bodyOf(at, json, type, name);
  at.names.set(name, made);
  return made;
}

function bodyOf(at: Parsing, json: JsonObject, type: "record" | "error" | "enum" | "fixed", name: string): AvroType {
  if (type === "enum") {
    const symbols = json["symbols"];
    if (!Array.isArray(symbols) || symbols.length === 0) throw new AvroProblem(`the enum \`${name}\` has no symbols`);
    const wrong = symbols.find((one, index) => typeof one !== "string" || !FIELD.test(one) || symbols.indexOf(one) !== index);
    if (wrong !== undefined) throw new AvroProblem(`\`${String(wrong)}\` is no symbol of the enum \`${name}\`: it is no name, or stands there twice`);
    if (json["default"] !== undefined && !symbols.includes(json["default"])) throw new AvroProblem(`the default of the enum \`${name}\` is none of its symbols`);
    return { is: "enum", name, symbols: symbols.map(String) };
  }
  if (type === "fixed") {
    const size = json["size"];
    if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size >= 2 ** 31) throw new AvroProblem(`\`${name}\` has no size`);
    return logicalOf(json, { is: "fixed", name, size });
  }
  const fields = json["fields"];
  if (!Array.isArray(fields)) throw new AvroProblem(`the record \`${name}\` has no fields`);
  const space = name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : "";
  const made = fields.map((field) => fieldOf(at, field, name, space));
  const twice = made.find((field, index) => made.findIndex((one) => one.name === field.name) !== index);
  if (twice !== undefined) throw new AvroProblem(`\`${name}\` has the field \`${twice.name}\` twice`);
  return { is: "record", name, fields: made };
}

function fieldOf(at: Parsing, json: Json, record: string, space: string): AvroField {
  const name = isJsonObject(json) ? json["name"] : null;
  if (!isJsonObject(json) || typeof name !== "string" || !FIELD.test(name) || name === "__proto__") throw new AvroProblem(`a field of \`${record}\` has no name`);
  const doc = json["doc"];
  const where = `the field \`${name}\` of \`${record}\``;
  const type = typeOf(at, json["type"] ?? null, space, where);
  const value = json["default"];
  if (value !== undefined) at.defaults.push({ type, value, where });
  return { name, type, ...(typeof doc === "string" ? { doc } : {}), hasDefault: Object.hasOwn(json, "default") };
}

const FIELD = /^[A-Za-z_][A-Za-z0-9_]*$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const fullName = (name: string, space: string): string => (name.includes(".") || space === "" ? name : `${space}.${name}`);

function logicalOf({ logicalType, precision, scale }: JsonObject, type: AvroType): AvroType {
  switch (`${String(logicalType)} ${type.is}`) {
    case "decimal bytes":
    case "decimal fixed": {
      const digits = { precision: Number(precision), scale: Number(scale ?? 0) };
      if (!Number.isInteger(digits.precision) || digits.precision < 1 || !Number.isInteger(digits.scale) || digits.scale < 0 || digits.scale > digits.precision) return type;
      return { is: "decimal", ...digits, ...(type.is === "fixed" ? { size: type.size, name: type.name } : { size: null, name: "bytes" }) };
    }
    case "uuid string":
      return { is: "uuid" };
    case "date int":
      return { is: "date" };
    case "time-millis int":
      return { is: "time", digits: 3 };
    case "time-micros long":
      return { is: "time", digits: 6 };
    case "timestamp-millis long":
    case "local-timestamp-millis long":
      return { is: "timestamp", digits: 3, local: isLocal(logicalType) };
    case "timestamp-micros long":
    case "local-timestamp-micros long":
      return { is: "timestamp", digits: 6, local: isLocal(logicalType) };
    case "timestamp-nanos long":
    case "local-timestamp-nanos long":
      return { is: "timestamp", digits: 9, local: isLocal(logicalType) };
    default:
      return type;
  }
}
const isLocal = (logical: Json | undefined): boolean => typeof logical === "string" && logical.startsWith("local-");

function checkRefs(type: AvroType, names: ReadonlyMap<string, AvroType>): void {
  switch (type.is) {
    case "ref":
      if (!names.has(type.name)) throw new AvroProblem(`there is no type \`${type.name}\` in it`);
      break;
    case "array":
      return checkRefs(type.items, names);
    case "map":
      return checkRefs(type.values, names);
    case "union":
      for (const one of type.of) checkRefs(one, names);
      break;
    case "record":
      for (const field of type.fields) checkRefs(field.type, names);
      break;
    default:
  }
}
