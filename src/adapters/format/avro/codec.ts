import avro, { type Type } from "avsc";
import { AvroProblem, parseAvro, type AvroSchema, type AvroType } from "../../../core/format/avro.js";
import { isJsonObject, type Json } from "../../../core/json.js";
import { messageOf } from "../../../core/message-of.js";
import { Unencodable } from "../../../core/ports/format.js";
import { type Codec, Undecodable, type SchemaText } from "../codec.js";
import { checkBounds } from "./bounds.js";
import { fromAvro } from "./from-avro.js";
import { LONG } from "./long.js";
import { toAvro } from "./to-avro.js";
import { otherUnits } from "./units.js";

/** Avro binary. A message is read with the schema that wrote it, and resolved to the topic's: defaults, promotions, aliases. */
export function avroCodec(schema: Json): Codec {
  const own = schemaOf([schema]);
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
        return read(schemaOf([...named(writer).values(), JSON.parse(writer.schema)]), own);
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

/** The last of them; those before are what it names. */
function schemaOf(texts: readonly Json[]): Schema {
  const registry: Record<string, Type> = { long: LONG };
  const names = new Map<string, AvroType>();
  let made: Schema | null = null;
  for (const text of texts) {
    const json: avro.Schema = JSON.parse(JSON.stringify(withoutLogical(text)));
    made = { parsed: parseAvro(text, names), type: avro.Type.forSchema(json, { wrapUnions: "always", registry, logicalTypes: {} }) };
  }
  if (made === null) throw new TypeError("there is no schema");
  return made;
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
  const resolver = writer === reader ? undefined : resolverOf(writer, reader);
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

function resolverOf(writer: Schema, reader: Schema): ReturnType<Type["createResolver"]> {
  const problem = otherUnits(writer.parsed, reader.parsed);
  if (problem !== null) throw new AvroProblem(problem);
  try {
    return reader.type.createResolver(writer.type);
  } catch {
    // Types are the same by their names alone, whatever their namespaces: only where two of one union have one name are these looked at.
    return reader.type.createResolver(writer.type, { ignoreNamespaces: true });
  }
}

/** Types of other subjects by the name that they are known by, each behind those that it names itself. */
function named({ references }: SchemaText, found = new Map<string, Json>()): ReadonlyMap<string, Json> {
  for (const { name, text } of references) {
    if (found.has(name)) continue;
    named(text, found);
    found.set(name, JSON.parse(text.schema));
  }
  return found;
}

