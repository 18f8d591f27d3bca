import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import { Duration, Timestamp } from "./time.js";

/**
 * A value on its way into data (a `with`, a `value`, a message): timestamps and durations become text,
 * NaN and ±Infinity are errors. What is data already is given as it is, not copied: data is read-only.
 * `what` is the expression's text.
 */
export function toData(value: unknown, what: string): Json {
  return isJson(value) ? value : convert(value, what);
}

function isJson(value: unknown): value is Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      if (value === null) return true;
      if (Array.isArray(value)) return value.every(isJson);
      return !(value instanceof Timestamp || value instanceof Duration) && Object.values(value).every(isJson);
    default:
      return false;
  }
}

function convert(value: unknown, what: string): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw new StepError("expr", `\`${what}\` is ${value}, which cannot be data`);
    case "object":
      if (value === null) return null;
      if (value instanceof Timestamp || value instanceof Duration) return value.toString();
      if (Array.isArray(value)) return value.map((item: unknown) => convert(item, what));
      return Object.fromEntries(Object.entries(value).flatMap(([key, field]) => (field === undefined ? [] : [[key, convert(field, what)]])));
    default:
      throw new StepError("expr", value === undefined ? `\`${what}\` is absent` : `\`${what}\` cannot be data`);
  }
}
