import avro, { type Type } from "avsc";
import { AvroProblem, parseAvro, type AvroSchema } from "../../../core/format/avro.js";
import { isJsonObject, type Json } from "../../../core/json.js";
import { Unencodable } from "../../../core/ports/format.js";
import { type Codec, Undecodable, type SchemaText } from "../codec.js";
import { checkBounds } from "./bounds.js";
import { fromAvro } from "./from-avro.js";
import { LONG } from "./long.js";
import { toAvro } from "./to-avro.js";

/** Avro binary. A message is read with the schema that wrote it, and resolved to the topic's: defaults, promotions, aliases. */
export function avroCodec(schema: Json): Codec {
  const own = { parsed: parseAvro(schema), type: typeOf(schema) };
  const decodeOwn = read(own, own);
  return {
    own: { schemaType: "AVRO", schema: JSON.stringify(schema), references: [] },
    prefix: NOTHING,
    encode(value) {
      const made = toAvro(own.parsed, own.parsed.root, value, "");
      try {
        return own.type.toBuffer(made);
      } catch (thrown) {
        throw new Unencodable(`it does not fit its Avro schema: ${messageOf(thrown)}`);
      }
    },
    decode: decodeOwn,
    reader(writer) {
      if (writer.schemaType !== "AVRO") throw new Undecodable(`its schema is ${writer.schemaType}, not Avro`);
      try {
        const json = withReferences(writer);
        return read({ parsed: parseAvro(json), type: typeOf(json) }, own);
      } catch (thrown) {
        if (thrown instanceof Undecodable) throw thrown;
        throw new Undecodable(`the schema that wrote it cannot be read as the topic's: ${messageOf(thrown)}`);
      }
    },
  };
}

const NOTHING = new Uint8Array();

interface Schema {
  readonly parsed: AvroSchema;
  readonly type: Type;
}

function typeOf(schema: Json): Type {
  const json: avro.Schema = JSON.parse(JSON.stringify(withoutLogical(schema)));
  return avro.Type.forSchema(json, { wrapUnions: "always", registry: { long: LONG }, logicalTypes: {} });
}

/** avsc takes a long with attributes for another one than the one that is given it, which holds 64 bits. */
function withoutLogical(json: Json): Json {
  if (Array.isArray(json)) return json.map(withoutLogical);
  if (!isJsonObject(json)) return json;
  const { type, items, values, fields } = json;
  if (typeof type !== "string") return withoutLogical(type ?? null);
  if (items !== undefined && type === "array") return { ...json, items: withoutLogical(items) };
  if (values !== undefined && type === "map") return { ...json, values: withoutLogical(values) };
  if (Array.isArray(fields)) return { ...json, fields: fields.map((field: Json) => (isJsonObject(field) ? { ...field, type: withoutLogical(field["type"] ?? null) } : field)) };
  return NAMED.has(type) ? json : type;
}
const NAMED: ReadonlySet<string> = new Set(["enum", "fixed", "record", "error"]);

function read(writer: Schema, reader: Schema): (bytes: Uint8Array) => Json {
  const resolver = writer === reader ? undefined : reader.type.createResolver(writer.type);
  return (bytes) => {
    try {
      checkBounds(writer.parsed, bytes);
      const value: unknown = reader.type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), resolver);
      return fromAvro(reader.parsed, reader.parsed.root, value);
    } catch (thrown) {
      if (thrown instanceof Undecodable) throw thrown;
      throw new Undecodable(`it is not Avro of its schema: ${messageOf(thrown)}`);
    }
  };
}

/** Types of other subjects stand where they are first named. */
function withReferences(writer: SchemaText): Json {
  const known = new Map(writer.references.map(({ name, text }) => [name, text]));
  const schema: Json = JSON.parse(writer.schema);
  return known.size === 0 ? schema : inlined(schema, known, new Set());
}

function inlined(json: Json, known: ReadonlyMap<string, SchemaText>, done: Set<string>): Json {
  if (typeof json === "string") {
    const text = done.has(json) ? undefined : known.get(json);
    if (text === undefined) return json;
    done.add(json);
    return inlined(withReferences(text), known, done);
  }
  if (Array.isArray(json)) return json.map((one) => inlined(one, known, done));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]): [string, Json] => [key, TYPED.has(key) ? inlined(value, known, done) : value]));
}
const TYPED: ReadonlySet<string> = new Set(["type", "items", "values", "fields"]);

const messageOf = (thrown: unknown): string => (thrown instanceof AvroProblem || thrown instanceof Error ? thrown.message : String(thrown));
