import type { Json, JsonObject } from "../../core/json.js";
import { resolve, type Type } from "../../core/type.js";

/** The schema of a type that no one wrote: a loop's state, a flow's value. Recursive types come as `true`. */
export function toSchema(type: Type, depth = 0): JsonObject | boolean {
  if (depth > 20) return true;
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
      return { type: "array", items: toSchema(at.items, depth + 1) };
    case "optional":
      return toSchema(at.of, depth);
    case "union":
      return { anyOf: at.of.map((member) => toSchema(member, depth + 1)) };
    case "object": {
      const properties: Record<string, Json> = Object.create(null);
      for (const [name, field] of at.fields) properties[name] = toSchema(field.type, depth + 1);
      const required = [...at.fields].flatMap(([name, field]) => (field.required ? [name] : []));
      const rest = at.rest === "closed" ? false : at.rest === "open" ? true : toSchema(at.rest, depth + 1);
      return { type: "object", properties: { ...properties }, required, ...(rest === true ? {} : { additionalProperties: rest }) };
    }
    case "null":
    case "boolean":
    case "string":
      return { type: at.kind };
  }
}
