import { fromBinary, fromJson, toBinary, toJson, createFileRegistry, type DescMessage, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, file_google_protobuf_any, file_google_protobuf_duration, file_google_protobuf_empty, file_google_protobuf_field_mask, file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_protobuf_wrappers } from "@bufbuild/protobuf/wkt";
import type { Encoding } from "../../../core/format/encoding.js";
import { parseProto } from "../../../core/format/protobuf/parse.js";
import { ProtoProblem, type ProtoFile, type ProtoMessage } from "../../../core/format/protobuf/proto-file.js";
import type { Json } from "../../../core/json.js";
import { messageOf } from "../../../core/message-of.js";
import { Unencodable } from "../../../core/ports/format.js";
import { type Codec, type SchemaText, Undecodable } from "../codec.js";
import { readIndexes, writeIndexes } from "./indexes.js";
import { asJson } from "./numbers.js";

/** Protobuf binary of one message. Fields that the topic's schema does not know are left out. */
export function protobufCodec({ files, message: name, index, source }: Encoding & { readonly format: "protobuf" }): Codec {
  const registry = registryOf(files);
  const found = registry.getMessage(name);
  if (found === undefined) throw new TypeError(`there is no message ${name}`);
  const message: DescMessage = found;
  const decode = (bytes: Uint8Array): Json => {
    try {
      return asJson(message, toJson(message, fromBinary(message, bytes), { alwaysEmitImplicit: true, useProtoFieldName: true, registry }));
    } catch (thrown) {
      throw thrown instanceof Undecodable ? thrown : new Undecodable(`it is no \`${name}\`: ${messageOf(thrown)}`);
    }
  };
  return {
    own: { schemaType: "PROTOBUF", schema: source, references: [] },
    prefix: writeIndexes(index),
    encode(value) {
      try {
        return toBinary(message, fromJson(message, JSON.parse(JSON.stringify(value)), { registry }));
      } catch (thrown) {
        throw new Unencodable(`it does not fit \`${name}\`: ${messageOf(thrown)}`);
      }
    },
    decode,
    reader(writer) {
      if (writer.schemaType !== "PROTOBUF") throw new Undecodable(`its schema is ${writer.schemaType}, not Protobuf`);
      const names = namesIn(writer);
      return (bytes) => {
        const { indexes, rest } = readIndexes(bytes);
        const written = names.get(indexes.join());
        if (written === undefined) throw new Undecodable(`its schema has no message ${indexes.join(".")}`);
        if (written !== name) throw new Undecodable(`it is a \`${written}\`, and the topic has \`${name}\``);
        return decode(rest);
      };
    },
  };
}

const WELL_KNOWN = [file_google_protobuf_any, file_google_protobuf_duration, file_google_protobuf_empty, file_google_protobuf_field_mask, file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_protobuf_wrappers];

function registryOf(files: Json): FileRegistry {
  const set = fromJson(FileDescriptorSetSchema, JSON.parse(JSON.stringify(files)));
  set.file.unshift(...WELL_KNOWN.map(({ proto }) => proto));
  return createFileRegistry(set);
}

/** Full names of a schema's messages by where they stand in it. What it imports says nothing about that, and may be what only its registry knows. */
function namesIn({ schema }: SchemaText): ReadonlyMap<string, string> {
  try {
    return messageNames(parseProto(schema));
  } catch (thrown) {
    if (thrown instanceof ProtoProblem || thrown instanceof RangeError) throw new Undecodable(`the schema that wrote it is not understood: ${thrown.message}`);
    throw thrown;
  }
}

function messageNames({ package: space, messages }: ProtoFile): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const collect = (inside: readonly ProtoMessage[], around: string, path: readonly number[]): void => {
    for (const [at, { name, messages: nested }] of inside.entries()) {
      const full = around === "" ? name : `${around}.${name}`;
      names.set([...path, at].join(), full);
      collect(nested, full, [...path, at]);
    }
  };
  collect(messages, space, []);
  return names;
}

