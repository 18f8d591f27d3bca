import type { Json, JsonObject } from "../../json.js";
import type { ProtoSet } from "./link.js";
import { SCALARS, type ProtoEnum, type ProtoField, type ProtoFile, type ProtoMessage } from "./proto-file.js";

/** A FileDescriptorSet in its JSON form: what libraries of Protobuf make their messages from. Files of Protobuf itself are not in it. */
export const descriptorSet = ({ files, enums }: ProtoSet): JsonObject => ({ file: [...files].map(([name, file]) => fileOf(name, file, enums)) });

const fileOf = (name: string, { package: space, syntax, imports, messages, enums: own }: ProtoFile, enums: ProtoSet["enums"]): JsonObject => ({
  name,
  ...(space === "" ? {} : { package: space }),
  syntax,
  dependency: [...imports],
  messageType: messages.map((message) => messageOf(message, space, syntax, enums)),
  enumType: own.map(enumOf),
});

function messageOf({ name, fields, oneofs, messages, enums: own }: ProtoMessage, space: string, syntax: ProtoFile["syntax"], enums: ProtoSet["enums"]): JsonObject {
  const full = space === "" ? name : `${space}.${name}`;
  // proto3's `optional` is a oneof of one field, behind all others.
  const presence = syntax === "proto3" ? fields.filter(({ label }) => label === "optional") : [];
  return {
    name,
    field: fields.map((field) => {
      const alone = presence.indexOf(field);
      return { ...fieldOf(field, full, enums), ...(alone < 0 ? {} : { proto3Optional: true, oneofIndex: oneofs.length + alone }) };
    }),
    oneofDecl: [...oneofs, ...presence.map((field) => `_${field.name}`)].map((one) => ({ name: one })),
    nestedType: [...messages.map((inner) => messageOf(inner, full, syntax, enums)), ...fields.filter(({ key }) => key !== undefined).map((field) => entryOf(field, enums))],
    enumType: own.map(enumOf),
  };
}

/** Without the default of proto2: what was not sent is absent. */
function fieldOf({ name, number, label, type, key, oneof, jsonName, packed }: ProtoField, space: string, enums: ProtoSet["enums"]): JsonObject {
  return {
    name,
    number,
    label: label === "repeated" ? "LABEL_REPEATED" : label === "required" ? "LABEL_REQUIRED" : "LABEL_OPTIONAL",
    ...(key === undefined ? typeOf(type, enums) : { type: "TYPE_MESSAGE", typeName: `.${space}.${entryName(name)}` }),
    jsonName: jsonName ?? camel(name),
    ...(oneof === undefined ? {} : { oneofIndex: oneof }),
    ...(packed === undefined ? {} : { options: { packed } }),
  };
}

const typeOf = (type: string, enums: ProtoSet["enums"]): JsonObject =>
  SCALARS.has(type) ? { type: `TYPE_${type.toUpperCase()}` } : { type: enums.has(type.slice(1)) || type === ".google.protobuf.NullValue" ? "TYPE_ENUM" : "TYPE_MESSAGE", typeName: type };

/** What protoc makes of a map: a message of key and value, repeated. */
const entryOf = ({ name, key = "string", type }: ProtoField, enums: ProtoSet["enums"]): JsonObject => ({
  name: entryName(name),
  field: [
    { name: "key", number: 1, label: "LABEL_OPTIONAL", jsonName: "key", ...typeOf(key, enums) },
    { name: "value", number: 2, label: "LABEL_OPTIONAL", jsonName: "value", ...typeOf(type, enums) },
  ],
  options: { mapEntry: true },
});

const enumOf = ({ name, values, alias }: ProtoEnum): JsonObject => ({ name, value: values.map((one): Json => ({ ...one })), ...(alias ? { options: { allowAlias: true } } : {}) });

const camel = (name: string): string => name.replaceAll(/_+([A-Za-z0-9])/g, (_all, letter: string) => letter.toUpperCase()).replaceAll("_", "");
const entryName = (name: string): string => `${camel(name).replace(/^./, (letter) => letter.toUpperCase())}Entry`;
