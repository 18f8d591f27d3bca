import type { Json } from "../../core/json.js";

/** A schema as the registry has it. */
export interface SchemaText {
  readonly schemaType: "AVRO" | "PROTOBUF" | "JSON";
  readonly schema: string;
  /** Schemas that it imports, by the name that it knows them by. */
  readonly references: readonly { readonly name: string; readonly text: SchemaText }[];
}

/** How the messages of one topic become bytes, and are read back. */
export interface Codec {
  /** What the topic's own messages are written with. */
  readonly own: SchemaText;
  /** What stands between a schema's id and the message: which of the schema's messages it is. */
  readonly prefix: Uint8Array;
  /** Throws Unencodable. */
  encode(value: Json): Uint8Array;
  /** Reads bytes behind an id as that schema wrote them, into what the topic's schema says. Throws Undecodable, also where the two do not go together. */
  reader(writer: SchemaText): (bytes: Uint8Array) => Json;
  /** Reads bytes without an id: the topic's own schema wrote them. */
  decode(bytes: Uint8Array): Json;
}

/** Bytes that are no message of the topic; in one clause. */
export class Undecodable extends Error {
  override readonly name = "Undecodable";
}
