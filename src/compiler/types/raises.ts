import { join } from "../../core/typing/join.js";
import type { Type } from "../../core/type.js";

/** Error codes that can be raised, each with the type of its `data` where it has one. */
export type Raises = ReadonlyMap<string, Type | null>;

/** Every step can run into its time limit, its expressions can fail, and what it gives can be too large (I39). */
export const STEP_RAISES: Raises = raisesOf("timeout", "expr", "limit");
export const CALL_RAISES: Raises = raisesOf("unavailable", "rate_limit", "invalid_output", "unknown");

/** What is not there, which is said already, may raise any code. */
const UNKNOWN = "*";
export const UNKNOWN_RAISES: Raises = new Map([[UNKNOWN, null]]);
export const mayRaise = (raises: Raises, code: string): boolean => raises.has(code) || raises.has(UNKNOWN);

export function raisesOf(...codes: readonly string[]): Raises {
  return new Map(codes.map((code) => [code, null]));
}

export const withoutUnknown = (raises: Raises): Raises => without(raises, [UNKNOWN]);

/** Data of one code from two places has either type; where one gives none, it cannot be relied on. */
export function allRaises(parts: Iterable<Raises>): Raises {
  const all = new Map<string, Type | null>();
  for (const part of parts) {
    for (const [code, data] of part) {
      const old = all.get(code);
      all.set(code, old === undefined ? data : old === null || data === null ? null : join(old, data));
    }
  }
  return all;
}

export const without = (raises: Raises, codes: readonly string[] | "any"): Raises =>
  codes === "any" ? new Map() : new Map([...raises].filter(([code]) => !codes.includes(code)));
