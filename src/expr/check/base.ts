import { NEVER, resolve, type Type } from "../../core/type.js";

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
      return NONE;
    case "any":
      return at.dynamic === true ? NONE : ONLY.any;
    case "const":
      return typeof at.value === "string" ? ONLY.string : typeof at.value === "number" ? ONLY.number : ONLY.boolean;
    case "optional":
      return basesOf(at.of);
    case "union":
      return basesOfUnion(at.of);
    default:
      return ONLY[at.kind];
  }
}

function basesOfUnion(members: readonly Type[]): ReadonlySet<Base> {
  let whole = NONE;
  for (const member of members) {
    const bases = basesOf(member);
    if (bases !== whole && !bases.isSubsetOf(whole)) whole = whole.size === 0 ? bases : whole.union(bases);
  }
  return whole;
}

/** Made once: nearly every node of an expression is asked for its bases. */
const NONE: ReadonlySet<Base> = new Set();
const only = (base: Base): ReadonlySet<Base> => new Set([base]);
const ONLY: Readonly<Record<Base, ReadonlySet<Base>>> = {
  any: only("any"), null: only("null"), boolean: only("boolean"), number: only("number"), string: only("string"),
  list: only("list"), object: only("object"), timestamp: only("timestamp"), duration: only("duration"),
};

/** Nothing is known, or nothing is to be said any more. */
export const isSilent = (type: Type): boolean => basesOf(type).size === 0;

/** All of the type's values have this base. */
export const isOnly = (type: Type, base: Base): boolean => {
  const bases = basesOf(type);
  return bases.size === 0 || (bases.size === 1 && bases.has(base));
};

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

/** Without null, also where a member of a union is itself one that may be null. */
export function withoutNull(type: Type): Type {
  const at = resolve(type);
  if (at.kind === "null") return NEVER;
  if (at.kind !== "union" || !isNullable(at)) return type;
  const rest = at.of.filter((member) => resolve(member).kind !== "null").map(withoutNull);
  const [only] = rest;
  return rest.length === 1 && only !== undefined ? only : { kind: "union", of: rest };
}

export const isNullable = (type: Type): boolean => basesOf(type).has("null");
