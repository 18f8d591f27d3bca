import { resolve, type Type } from "../../core/type.js";

/** What a value is at run time, as far as operators tell values apart. */
export type Base = "any" | "null" | "boolean" | "number" | "string" | "list" | "object" | "timestamp" | "duration";

/**
 * The bases that a type's values can have: none for `never` and for a dynamic `any`, which are not checked
 * (the first is what a reported problem leaves behind).
 */
export function basesOf(type: Type): ReadonlySet<Base> {
  const at = resolve(type);
  switch (at.kind) {
    case "never":
      return new Set();
    case "any":
      return new Set(at.dynamic === true ? [] : ["any"]);
    case "const":
      return new Set([typeof at.value === "string" ? "string" : typeof at.value === "number" ? "number" : "boolean"]);
    case "optional":
      return basesOf(at.of);
    case "union":
      return new Set(at.of.flatMap((member) => [...basesOf(member)]));
    default:
      return new Set([at.kind]);
  }
}

/** Nothing is known, or nothing is to be said any more. */
export const isSilent = (type: Type): boolean => basesOf(type).size === 0;

/** All of the type's values have this base. */
export const isOnly = (type: Type, base: Base): boolean => [...basesOf(type)].every((one) => one === base);

/** Whole for sure. */
export function isInteger(type: Type): boolean {
  const at = resolve(type);
  if (at.kind === "number") return at.integer;
  if (at.kind === "const") return typeof at.value === "number" && Number.isInteger(at.value);
  if (at.kind === "union") return at.of.every(isInteger);
  return at.kind === "never" || (at.kind === "any" && at.dynamic === true);
}

/** The members of an enum or a constant; null when other values are possible. */
export function constantsOf(type: Type): readonly (string | number | boolean)[] | null {
  const at = resolve(type);
  if (at.kind === "const") return [at.value];
  if (at.kind !== "union") return null;
  const parts = at.of.filter((member) => resolve(member).kind !== "null").map(constantsOf);
  return parts.every((part) => part !== null) ? parts.flat() : null;
}

/** Without null. */
export function withoutNull(type: Type): Type {
  const at = resolve(type);
  if (at.kind === "null") return { kind: "never" };
  if (at.kind !== "union") return type;
  const rest = at.of.filter((member) => resolve(member).kind !== "null");
  const [only] = rest;
  if (rest.length === at.of.length) return type;
  return rest.length === 1 && only !== undefined ? only : { kind: "union", of: rest };
}

export const isNullable = (type: Type): boolean => basesOf(type).has("null");
