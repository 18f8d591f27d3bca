import type { JsonObject } from "../../json.js";

/** Types of Protobuf's own files that have a form of their own in JSON, with what it is. */
export const WELL_KNOWN: ReadonlyMap<string, JsonObject | true> = new Map<string, JsonObject | true>([
  ["google.protobuf.Timestamp", { type: "string", format: "date-time" }],
  ["google.protobuf.Duration", { type: "string", pattern: "^-?\\d+(\\.\\d{1,9})?s$" }],
  ["google.protobuf.FieldMask", { type: "string" }],
  ["google.protobuf.Empty", { type: "object", properties: {}, additionalProperties: false }],
  ["google.protobuf.Struct", { type: "object", additionalProperties: true }],
  ["google.protobuf.ListValue", { type: "array", items: true }],
  ["google.protobuf.Value", true],
  ["google.protobuf.NullValue", { type: "null" }],
  ["google.protobuf.Any", { type: "object", additionalProperties: true }],
  ["google.protobuf.DoubleValue", { type: "number" }],
  ["google.protobuf.FloatValue", { type: "number" }],
  ["google.protobuf.Int64Value", { type: "integer" }],
  ["google.protobuf.UInt64Value", { type: "integer", minimum: 0 }],
  ["google.protobuf.Int32Value", { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }],
  ["google.protobuf.UInt32Value", { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 }],
  ["google.protobuf.BoolValue", { type: "boolean" }],
  ["google.protobuf.StringValue", { type: "string" }],
  ["google.protobuf.BytesValue", { type: "string", format: "byte" }],
]);

const FILES: ReadonlySet<string> = new Set(["any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"].map((name) => `google/protobuf/${name}.proto`));

export const wellKnownFile = (path: string): boolean => FILES.has(path);
