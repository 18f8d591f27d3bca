import { resolve, type ObjectType, type Type } from "../type.js";
import { pairs, type Pairs } from "./pairs.js";
import { printType } from "./print.js";

export interface Mismatch {
  /** Where inside the value: field names, `[]` for a list's elements. */
  readonly path: readonly string[];
  /** A clause without full stop: "expected `number`, found `string`". */
  readonly message: string;
}

/**
 * Whether every value of `from` may stand where `to` is asked for; null when it may.
 * Timestamps and durations become text where they enter data, so they fit a string.
 */
export function assignable(from: Type, to: Type): Mismatch | null {
  return fit(from, to, { data: true, pairs: pairs() });
}

/** The same without conversions: `from` is a subset of `to`. Used for joining types. */
export const isSubtype = (from: Type, to: Type): boolean => fit(from, to, { data: false, pairs: pairs() }) === null;

interface Context {
  readonly data: boolean;
  readonly pairs: Pairs;
}

type Resolved = ReturnType<typeof resolve>;

function fit(fromType: Type, toType: Type, context: Context): Mismatch | null {
  if (fromType === toType) return null;
  const from = resolve(fromType);
  const to = resolve(toType);
  if (from === to || from.kind === "never") return null;
  if (to.kind === "optional") return fit(from.kind === "optional" ? from.of : from, to.of, context);
  if (from.kind === "optional") return at("may be absent");
  if (to.kind === "any") return null;
  if (to.kind === "union" && to.of.some((member) => resolve(member).kind === "any")) return null;
  if (from.kind === "any") return from.dynamic === true && context.data ? null : at(`expected ${code(toType)}, but this has no declared type`);
  if (from.kind === "union") return context.pairs.once(from, to, () => fitEach(from, from.of, toType, context));
  if (to.kind === "union") return context.pairs.once(from, to, () => fitSome(from, to.of, toType, context));
  if (from.kind === "object" && to.kind === "object") return context.pairs.once(from, to, () => fitObject(from, to, context));
  if (from.kind === "list" && to.kind === "list") return context.pairs.once(from, to, () => under("[]", fit(from.items, to.items, context)));
  return sameBase(from, to, context) ? null : wrong(fromType, toType);
}

/** Null, booleans, numbers, text, timestamps, durations and constants. */
function sameBase(from: Resolved, to: Resolved, context: Context): boolean {
  if (from.kind === "const") {
    if (to.kind === "const") return from.value === to.value;
    if (to.kind === "number") return typeof from.value === "number" && (!to.integer || Number.isInteger(from.value));
    return to.kind === typeof from.value;
  }
  if (from.kind === "number") return to.kind === "number" && (from.integer || !to.integer);
  if (from.kind === "timestamp" || from.kind === "duration") return to.kind === from.kind || (context.data && to.kind === "string");
  return from.kind === to.kind && from.kind !== "object" && from.kind !== "list";
}

function fitEach(from: Type, members: readonly Type[], to: Type, context: Context): Mismatch | null {
  for (const member of members) {
    const mismatch = fit(member, to, context);
    if (mismatch === null) continue;
    if (mismatch.path.length > 0) return mismatch;
    if (resolve(member).kind === "null") return at(`may be null, expected ${code(to)}`);
    return resolve(member).kind === "object" ? mismatch : wrong(from, to);
  }
  return null;
}

function fitSome(from: Resolved, members: readonly Type[], to: Type, context: Context): Mismatch | null {
  const { constants, others } = sorted(members);
  if (from.kind === "const" && constants.has(from.value)) return null;
  if ((from.kind === "const" ? others : members).some((member) => fit(from, member, context) === null)) return null;
  if (from.kind === "boolean") {
    const both = [true, false].every((value) => members.some((member) => fit({ kind: "const", value }, member, context) === null));
    return both ? null : wrong(from, to);
  }
  if (from.kind === "object") {
    // The member that was meant is the one whose constants agree; its mismatch says more than the whole union's.
    const meant = members.map(resolve).filter((member) => member.kind === "object" && tagsAgree(from, member, context));
    const [only] = meant;
    if (meant.length === 1 && only !== undefined) return fit(from, only, context);
  }
  return wrong(from, to);
}

/** Long enums are compared member by member: one that is a constant is looked up. */
const known = new WeakMap<readonly Type[], { readonly constants: ReadonlySet<unknown>; readonly others: readonly Type[] }>();

function sorted(members: readonly Type[]): { readonly constants: ReadonlySet<unknown>; readonly others: readonly Type[] } {
  const old = known.get(members);
  if (old !== undefined) return old;
  const made = { constants: new Set(members.flatMap((member) => (member.kind === "const" ? [member.value] : []))), others: members.filter(({ kind }) => kind !== "const") };
  known.set(members, made);
  return made;
}

const tagsAgree = (from: ObjectType, to: ObjectType, context: Context): boolean =>
  [...to.fields].every(([name, field]) => {
    if (resolve(field.type).kind !== "const") return true;
    const own = from.fields.get(name);
    return own !== undefined && fit(own.type, field.type, context) === null;
  });

function fitObject(from: ObjectType, to: ObjectType, context: Context): Mismatch | null {
  for (const [name, wanted] of to.fields) {
    const own = from.fields.get(name);
    if (own === undefined) {
      if (wanted.required) return missing(from, to, name);
      // What an open object holds beside its fields is not known. Data is checked where it enters; but one type holds the other only if that may be anything.
      if (from.rest === "open" && !context.data && resolve(wanted.type).kind !== "any") return under(name, at(`expected ${code(wanted.type)}, but this has no declared type`));
      if (typeof from.rest !== "string") {
        const mismatch = fit(from.rest, wanted.type, context);
        if (mismatch !== null) return under(name, mismatch);
      }
      continue;
    }
    const mismatch = fit(own.type, wanted.type, context);
    if (mismatch !== null) return under(name, mismatch);
    if (wanted.required && !own.required) return { path: [name], message: `may be absent${own.why === undefined ? "" : ` (${own.why})`}, but ${code(to)} requires it` };
  }
  return fitRest(from, to, context);
}

function missing(from: ObjectType, to: ObjectType, name: string): Mismatch {
  const whose = from.name === undefined ? "" : `, and \`${from.name}\` does not declare it`;
  return at(`\`${name}\` is missing: ${code(to)} requires it${whose}`);
}

/** Fields that `to` does not name. */
function fitRest(from: ObjectType, to: ObjectType, context: Context): Mismatch | null {
  if (to.rest === "open") return null;
  for (const [name, own] of from.fields) {
    if (to.fields.has(name)) continue;
    if (to.rest === "closed") return at(`\`${name}\` is no field of ${code(to)}, which allows no others`);
    const mismatch = fit(own.type, to.rest, context);
    if (mismatch !== null) return under(name, mismatch);
  }
  if (from.rest === "closed") return null;
  if (to.rest === "closed") return at(`${code(from)} may hold more fields than it declares, and ${code(to)} allows no others`);
  return from.rest === "open" ? at(`${code(from)} may hold fields of any type, expected ${code(to)}`) : under("[key]", fit(from.rest, to.rest, context));
}

const code = (type: Type): string => `\`${printType(type)}\``;
const at = (message: string): Mismatch => ({ path: [], message });
const wrong = (from: Type, to: Type): Mismatch => at(`expected ${code(to)}, found ${code(from)}`);
const under = (name: string, inner: Mismatch | null): Mismatch | null => (inner === null ? null : { path: [name, ...inner.path], message: inner.message });
