import { isJsonObject, type Json } from "../json.js";
import type { AvroType } from "./avro.js";

/** The type that stands there, also where a name does. */
type Resolve = (type: AvroType) => Exclude<AvroType, { readonly is: "ref" }>;

/** Whether the default of a field is one of its type, as a schema writes them: of a union in its first branch, bytes as characters up to U+00FF. */
export function fitsAvro(resolve: Resolve, type: AvroType, value: Json): boolean {
  const found = resolve(type);
  switch (found.is) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "int":
    case "date":
      return isWhole(value, 2 ** 31);
    case "time":
      return isWhole(value, found.digits === 3 ? 2 ** 31 : 2 ** 63);
    case "long":
    case "timestamp":
      return isWhole(value, 2 ** 63);
    case "float":
    case "double":
      return typeof value === "number";
    case "string":
    case "uuid":
      return typeof value === "string";
    case "bytes":
      return isBytes(value, null);
    case "fixed":
    case "decimal":
      return isBytes(value, found.size);
    case "enum":
      return typeof value === "string" && found.symbols.includes(value);
    case "array":
      return Array.isArray(value) && value.every((one: Json) => fitsAvro(resolve, found.items, one));
    case "map":
      return isJsonObject(value) && Object.values(value).every((one) => fitsAvro(resolve, found.values, one));
    case "union": {
      const [branch] = found.of;
      return branch !== undefined && fitsAvro(resolve, branch, value);
    }
    case "record":
      return isJsonObject(value) && found.fields.every(({ name, type: field, hasDefault }) => (Object.hasOwn(value, name) ? fitsAvro(resolve, field, value[name] ?? null) : hasDefault));
  }
}

const isWhole = (value: Json, end: number): boolean => typeof value === "number" && Number.isInteger(value) && value >= -end && value < end;
const isBytes = (value: Json, size: number | null): boolean => typeof value === "string" && (size === null || value.length === size) && [...value].every((sign) => sign.charCodeAt(0) <= 0xff);
