import type { Json, JsonObject } from "../../core/json.js";
import { resolve, type Type } from "../../core/type.js";

/** The schema of a type that no one wrote: a loop's state, a flow's value. What is too deep or too large, as recursive types are, comes as `true`. */
export const toSchema = (type: Type): JsonObject | boolean => schemaOf(type, 0, { left: MOST_PARTS });

const MOST_PARTS = 5_000;

function schemaOf(type: Type, depth: number, parts: { left: number }): JsonObject | boolean {
  parts.left -= 1;
  if (depth > 20 || parts.left < 0) return true;
  const at = resolve(type);
  switch (at.kind) {
    case "any":
      return true;
    case "never":
      return false;
    case "timestamp":
    case "duration":
      return { type: "string" };
    case "number":
      return { type: at.integer ? "integer" : "number" };
    case "const":
      return { const: at.value };
    case "list":
      return { type: "array", items: schemaOf(at.items, depth + 1, parts) };
    case "optional":
      return schemaOf(at.of, depth, parts);
    case "union":
      return { anyOf: at.of.map((member) => schemaOf(member, depth + 1, parts)) };
    case "object": {
      const properties: Record<string, Json> = Object.create(null);
      for (const [name, field] of at.fields) properties[name] = schemaOf(field.type, depth + 1, parts);
      const required = [...at.fields].flatMap(([name, field]) => (field.required ? [name] : []));
      const rest = at.rest === "closed" ? false : at.rest === "open" ? true : schemaOf(at.rest, depth + 1, parts);
      return { type: "object", properties: { ...properties }, required, ...(rest === true ? {} : { additionalProperties: rest }) };
    }
    case "null":
    case "boolean":
    case "string":
      return { type: at.kind };
  }
}
