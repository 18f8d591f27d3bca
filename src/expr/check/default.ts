import type { Type } from "../../core/type.js";
import { basesOf } from "./base.js";

/** An empty value to suggest for `orValue()`; null where any would be an invention (a number, an object). */
export function defaultFor(type: Type): string | null {
  const [base, ...others] = basesOf(type);
  if (others.length > 0) return null;
  return base === "string" ? "''" : base === "boolean" ? "false" : base === "list" ? "[]" : null;
}
