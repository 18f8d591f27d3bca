import type { LinkedMessage, ProtoSet } from "../core/format/protobuf/link.js";
import type { ProtoField } from "../core/format/protobuf/proto-file.js";
import { WELL_KNOWN } from "../core/format/protobuf/well-known.js";
import type { Json, JsonObject } from "../core/json.js";

/**
 * The messages of a .proto file as JSON Schema, each under `$defs` by its full name; the file itself is its first one.
 * `sent`: what a flow may give, where only proto2's `required` must be; a message that was read has every field that has no
 * presence of its own.
 */
export function protobufToSchema({ messages, enums, own }: ProtoSet, form: "read" | "sent"): JsonObject {
  const [first] = own.keys();
  const defs: Record<string, Json> = {};
  for (const [name, message] of messages) defs[name] = messageSchema(message);
  // A short name for what only one message has.
  for (const name of own.keys()) {
    const short = name.slice(name.lastIndexOf(".") + 1);
    defs[short] ??= { $ref: `#/$defs/${name}` };
  }
  return { ...(first === undefined ? {} : { $ref: `#/$defs/${first}` }), $defs: defs };

  function messageSchema({ fields, syntax }: LinkedMessage): JsonObject {
    const always = fields.filter((field) => (form === "sent" ? field.label === "required" : isAlways(field, syntax)));
    return {
      type: "object",
      properties: Object.fromEntries(fields.map((field): [string, Json] => [field.name, fieldSchema(field)])),
      required: always.map(({ name }) => name),
      additionalProperties: false,
    };
  }
  /** Read as its default where it was not sent. */
  function isAlways({ label, type, oneof }: ProtoField, syntax: LinkedMessage["syntax"]): boolean {
    if (label === "repeated" || label === "required") return true;
    return syntax === "proto3" && label === "none" && oneof === undefined && !(messages.has(type.slice(1)) || (WELL_KNOWN.has(type.slice(1)) && type !== ".google.protobuf.NullValue"));
  }
  function fieldSchema({ label, type, key }: ProtoField): Json {
    if (key !== undefined) return { type: "object", additionalProperties: typeSchema(type) };
    return label === "repeated" ? { type: "array", items: typeSchema(type) } : typeSchema(type);
  }
  function typeSchema(type: string): Json {
    const scalar = SCALAR[type];
    if (scalar !== undefined) return scalar;
    const name = type.slice(1);
    const listed = enums.get(name);
    if (listed !== undefined) return { type: "string", enum: [...new Set(listed.values.map((one) => one.name))] };
    return WELL_KNOWN.get(name) ?? { $ref: `#/$defs/${name}` };
  }
}

const signed = { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 } as const;
const unsigned = { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 } as const;
const SCALAR: Readonly<Record<string, JsonObject>> = {
  double: { type: "number" },
  float: { type: "number" },
  int32: signed,
  sint32: signed,
  sfixed32: signed,
  uint32: unsigned,
  fixed32: unsigned,
  int64: { type: "integer" },
  sint64: { type: "integer" },
  sfixed64: { type: "integer" },
  uint64: { type: "integer", minimum: 0 },
  fixed64: { type: "integer", minimum: 0 },
  bool: { type: "boolean" },
  string: { type: "string" },
  bytes: { type: "string", format: "byte", contentEncoding: "base64" },
};
