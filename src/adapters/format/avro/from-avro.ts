import { resolveAvro, type AvroSchema, type AvroType } from "../../../core/format/avro.js";
import { isJsonObject, type Json } from "../../../core/json.js";
import { Undecodable } from "../codec.js";
import { decimalText } from "./decimal.js";
import { branchOf } from "../../../core/format/avro-branch.js";
import { dateText, timestampText, timeText } from "./times.js";

/** A value of avsc as JSON. A long beyond ±2^53−1 becomes a number that its schema refuses. */
export function fromAvro(schema: AvroSchema, type: AvroType, value: unknown): Json {
  const found = resolveAvro(type, schema);
  switch (found.is) {
    case "null":
      return null;
    case "boolean":
      return value === true;
    case "string":
    case "uuid":
    case "enum":
      return String(value);
    case "int":
    case "long":
      return Number(value);
    case "float":
    case "double": {
      const number = Number(value);
      if (!Number.isFinite(number)) throw new Undecodable(`a number in it is ${number}, which JSON does not have`);
      return number;
    }
    case "bytes":
    case "fixed":
      return bytesOf(value).toString("base64");
    case "decimal":
      return decimalText(bytesOf(value), found);
    case "date":
      return dateText(Number(value));
    case "time":
      return timeText(Number(value), found.digits);
    case "timestamp":
      return timestampText(typeof value === "bigint" ? value : 0n, found.digits, found.local);
    case "array":
      return Array.isArray(value) ? value.map((one: unknown) => fromAvro(schema, found.items, one)) : [];
    case "map":
      return Object.fromEntries(Object.entries(isObject(value) ? value : {}).map(([key, one]): [string, Json] => [key, fromAvro(schema, found.values, one)]));
    case "union":
      return unionValue(schema, found.of, value);
    case "record": {
      const fields = isObject(value) ? value : {};
      return Object.fromEntries(found.fields.map(({ name, type: field }): [string, Json] => [name, fromAvro(schema, field, fields[name])]));
    }
  }
}

/** avsc wraps each branch but null in an object with its name. */
function unionValue(schema: AvroSchema, branches: readonly AvroType[], value: unknown): Json {
  if (!isObject(value)) return null;
  for (const branch of branches) {
    const name = branchOf(branch);
    if (Object.hasOwn(value, name)) return fromAvro(schema, branch, value[name]);
  }
  throw new Undecodable("a union in it has no such branch");
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => isJsonObject(value);
const bytesOf = (value: unknown): Buffer => (Buffer.isBuffer(value) ? value : Buffer.alloc(0));
