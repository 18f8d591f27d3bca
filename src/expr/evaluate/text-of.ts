import { StepError } from "../../core/errors.js";
import { Duration, Timestamp } from "./time.js";

/** A key of a message or of a budget; null where there is none. */
export const keyTextOf = (value: unknown): string | null => (value === undefined || value === null ? null : textOf(value));

/** A value in mixed text, and `string(x)`. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (value instanceof Timestamp || value instanceof Duration) return value.toString();
  throw new StepError("expr", value === undefined ? "an absent value cannot be turned into text" : "a list or an object needs `json()` to be text");
}
