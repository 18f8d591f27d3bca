import type { AvroType } from "./avro.js";

/** What a union has one of, and avsc calls its branch: a name, or what a logical type stands on. */
export function branchOf(type: AvroType): string {
  switch (type.is) {
    case "ref":
    case "record":
    case "enum":
    case "fixed":
    case "decimal":
      return type.name;
    case "uuid":
      return "string";
    case "date":
      return "int";
    case "time":
      return type.digits === 3 ? "int" : "long";
    case "timestamp":
      return "long";
    case "null":
    case "boolean":
    case "int":
    case "long":
    case "float":
    case "double":
    case "bytes":
    case "string":
    case "array":
    case "map":
    case "union":
      return type.is;
  }
}
