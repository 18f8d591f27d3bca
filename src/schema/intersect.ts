import { joinAll } from "../core/typing/join.js";
import { ANY, NEVER, resolve, type Field, type ObjectType, type Type } from "../core/type.js";

/** The values that both types hold: `allOf`, and a `oneOf` beside other keywords. Objects merge their fields. */
export function intersect(a: Type, b: Type): Type {
  if (a === b) return a;
  return a.kind === "ref" && b.kind === "ref" ? lazily(a, b) : intersectNow(a, b);
}

function intersectNow(a: Type, b: Type): Type {
  const left = resolve(a);
  const right = resolve(b);
  if (left.kind === "any") return left.dynamic === true ? left : b;
  if (right.kind === "any") return right.dynamic === true ? right : a;
  if (formsOf(left) * formsOf(right) > MOST_FORMS) return ANY;
  if (left.kind === "union") return joinAll(left.of.map((member) => intersect(member, b)));
  if (right.kind === "union") return joinAll(right.of.map((member) => intersect(a, member)));
  if (left.kind === "object" && right.kind === "object") return mergeObjects(left, right);
  if (left.kind === "list" && right.kind === "list") return { kind: "list", items: intersect(left.items, right.items) };
  if (left.kind === "const") return holds(right, left.value) ? left : NEVER;
  if (right.kind === "const") return holds(left, right.value) ? right : NEVER;
  if (left.kind === "number" && right.kind === "number") return left.integer ? left : right;
  return left.kind === right.kind ? left : NEVER;
}

/** Each form of one side meets each of the other: with more pairs than these, nothing is said but at run time. */
const MOST_FORMS = 1_000;
const formsOf = (type: Type): number => (type.kind === "union" ? type.of.length : 1);

type Ref = Extract<Type, { kind: "ref" }>;
const met = new WeakMap<Ref, WeakMap<Ref, Ref>>();

/** Of two declared types, which may contain themselves: worked out when it is read, and once. */
function lazily(a: Ref, b: Ref): Type {
  const row = met.get(a) ?? new WeakMap<Ref, Ref>();
  met.set(a, row);
  let type: Type | null = null;
  let busy = false;
  const made: Ref = row.get(b) ?? {
    kind: "ref",
    name: `${a.name} & ${b.name}`,
    get() {
      // What asks while it is worked out is a part of itself.
      if (busy) return ANY;
      busy = true;
      type ??= intersectNow(a, b);
      busy = false;
      return type;
    },
  };
  row.set(b, made);
  return made;
}

function mergeObjects(a: ObjectType, b: ObjectType): Type {
  const fields = new Map<string, Field>();
  for (const name of new Set([...a.fields.keys(), ...b.fields.keys()])) {
    const left = a.fields.get(name) ?? restField(a);
    const right = b.fields.get(name) ?? restField(b);
    if (left && right) fields.set(name, { type: intersect(left.type, right.type), required: left.required || right.required });
    else if (left ?? right) fields.set(name, left ?? right ?? { type: NEVER, required: false });
  }
  // A required field that can hold nothing: the two tags speak of different forms.
  for (const field of fields.values()) if (field.required && resolve(field.type).kind === "never") return NEVER;
  const name = a.name ?? b.name;
  return { kind: "object", ...(name === undefined ? {} : { name }), fields, rest: mergeRest(a.rest, b.rest) };
}

/** What an undeclared field may hold: nothing more is known of an open object. */
const restField = (type: ObjectType): Field | null => (typeof type.rest === "string" ? null : { type: type.rest, required: false });

function mergeRest(a: ObjectType["rest"], b: ObjectType["rest"]): ObjectType["rest"] {
  if (a === "closed" || b === "closed") return "closed";
  if (a === "open") return b;
  return b === "open" ? a : intersect(a, b);
}

const holds = (type: Type, value: string | number | boolean): boolean => {
  if (type.kind === "const") return type.value === value;
  if (type.kind === "number") return typeof value === "number" && (!type.integer || Number.isInteger(value));
  return type.kind === typeof value;
};
