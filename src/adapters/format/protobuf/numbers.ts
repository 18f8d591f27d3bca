import { ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { isJsonObject, type Json } from "../../../core/json.js";
import { Undecodable } from "../codec.js";

const LONG: ReadonlySet<ScalarType> = new Set([ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64]);
const LONG_VALUES: ReadonlySet<string> = new Set(["google.protobuf.Int64Value", "google.protobuf.UInt64Value"]);

/**
 * The JSON of Protobuf with its texts of 64-bit numbers as numbers: one beyond ±2^53−1 becomes one that its schema refuses.
 * NaN and Infinity, texts too, are no numbers of JSON.
 */
export function asJson(message: DescMessage, value: Json): Json {
  if (LONG_VALUES.has(message.typeName)) return Number(value);
  if (message.typeName.startsWith("google.protobuf.") || !isJsonObject(value)) return finite(message.typeName, value);
  return Object.fromEntries(Object.entries(value).map(([name, one]): [string, Json] => {
    const field = message.fields.find((known) => known.name === name);
    return [name, field === undefined ? one : fieldJson(field, one)];
  }));
}

function fieldJson(field: DescField, value: Json): Json {
  switch (field.fieldKind) {
    case "list":
      return Array.isArray(value) ? value.map((one: Json) => (field.listKind === "message" ? asJson(field.message, one) : field.listKind === "scalar" ? scalarJson(field.scalar, one) : one)) : value;
    case "map":
      return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([key, one]): [string, Json] => [key, field.mapKind === "message" ? asJson(field.message, one) : field.mapKind === "scalar" ? scalarJson(field.scalar, one) : one])) : value;
    case "message":
      return asJson(field.message, value);
    case "scalar":
      return scalarJson(field.scalar, value);
    case "enum":
      return value;
  }
}

function scalarJson(scalar: ScalarType, value: Json): Json {
  if (LONG.has(scalar)) return Number(value);
  if ((scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT) && typeof value === "string") throw new Undecodable(`a number in it is ${value}, which JSON does not have`);
  return value;
}

function finite(type: string, value: Json): Json {
  if ((type === "google.protobuf.DoubleValue" || type === "google.protobuf.FloatValue") && typeof value === "string") throw new Undecodable(`a number in it is ${value}, which JSON does not have`);
  return value;
}
