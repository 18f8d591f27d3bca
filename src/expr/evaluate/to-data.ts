import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import { Duration, Timestamp } from "./time.js";

/**
 * A value on its way into data (a `with`, a `value`, a message): timestamps and durations become text,
 * NaN and ±Infinity are errors (LANGUAGE §3). `what` is the expression's text.
 */
export function toData(value: unknown, what: string): Json {
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
      if (Array.isArray(value)) return value.map((item: unknown) => toData(item, what));
      return Object.fromEntries(Object.entries(value).flatMap(([key, field]) => (field === undefined ? [] : [[key, toData(field, what)]])));
    default:
      throw new StepError("expr", value === undefined ? `\`${what}\` is absent` : `\`${what}\` cannot be data`);
  }
}
