import { ANY, NEVER, resolve, type ObjectType, type Type } from "../type.js";
import { isSubtype } from "./assign.js";

/** The type of a value that is one or the other: a union in which no member contains another. */
export function join(a: Type, b: Type): Type {
  return joinWithin(a, b, MAX_LISTS);
}

/** Lists are joined by their elements; recursive ones would go on for ever, so behind so many levels they stay side by side. */
const MAX_LISTS = 8;

function joinWithin(a: Type, b: Type, lists: number): Type {
  if (a === b || b.kind === "never") return a;
  if (a.kind === "never") return b;
  const left = resolve(a);
  const right = resolve(b);
  if (left.kind === "optional" || right.kind === "optional") {
    const of = joinWithin(left.kind === "optional" ? left.of : a, right.kind === "optional" ? right.of : b, lists);
    return { kind: "optional", of };
  }
  if (left.kind === "any" || right.kind === "any") {
    const unknown = [left, right].filter((side) => side.kind === "any");
    if (!unknown.every(({ dynamic }) => dynamic === true)) return ANY;
    return { kind: "any", dynamic: true, ...(unknown.every(({ wrong }) => wrong === true) ? { wrong: true } : {}) };
  }
  return unionOf([...members(a), ...members(b)], lists);
}

/** Joins many at once. */
export const joinAll = (types: readonly Type[]): Type => {
  const plain = types.map(resolve);
  if (plain.some((type) => type.kind === "optional" || type.kind === "any")) return types.reduce((a, b) => join(a, b), NEVER);
  return unionOf(types.flatMap(members), MAX_LISTS);
};

const members = (type: Type): readonly Type[] => {
  const at = resolve(type);
  return at.kind === "union" ? at.of.flatMap(members) : at.kind === "never" ? [] : [type];
};

function unionOf(types: readonly Type[], lists: number): Type {
  const kept: Type[] = [];
  const constants = new Set<unknown>();
  for (const type of types) {
    if (type.kind === "const") {
      if (constants.has(type.value)) continue;
      constants.add(type.value);
    }
    add(kept, type, lists);
  }
  const whole = mergeBooleans(kept);
  const [only] = whole;
  if (only === undefined) return NEVER;
  return whole.length === 1 ? only : { kind: "union", of: whole };
}

function add(kept: Type[], type: Type, lists: number): void {
  const own = resolve(type);
  for (const [index, other] of kept.entries()) {
    const old = resolve(other);
    // Two constants that are not the same never absorb each other: keeps long enums linear.
    if (own.kind === "const" && old.kind === "const") continue;
    if (own.kind === "list" && old.kind === "list" && lists > 0) {
      const length = own.length === old.length ? own.length : undefined;
      kept[index] = { kind: "list", items: joinWithin(old.items, own.items, lists - 1), ...(length === undefined ? {} : { length }) };
      return;
    }
    if (absorbs(other, type)) return;
    if (absorbs(type, other)) {
      const rest = kept.filter((one) => !absorbs(type, one));
      kept.splice(0, kept.length, ...rest);
      break;
    }
  }
  kept.push(type);
}

/** An object is not absorbed by one that does not name all its fields: they would be lost for reading. */
function absorbs(big: Type, small: Type): boolean {
  const whole = resolve(big);
  const part = resolve(small);
  if (whole.kind === "object" && part.kind === "object" && !namesAll(whole, part)) return false;
  return isSubtype(small, big);
}

const namesAll = (whole: ObjectType, part: ObjectType): boolean => [...part.fields.keys()].every((name) => whole.fields.has(name));

const mergeBooleans = (types: readonly Type[]): readonly Type[] => {
  const isTruth = (type: Type): boolean => type.kind === "const" && typeof type.value === "boolean";
  if (types.filter(isTruth).length < 2) return types;
  return [...types.filter((type) => !isTruth(type)), { kind: "boolean" }];
};
