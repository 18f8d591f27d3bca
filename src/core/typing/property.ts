import { resolve, type Type } from "../type.js";
import { joinAll } from "./join.js";

export type Property =
  | { readonly kind: "field"; readonly type: Type; readonly required: boolean; readonly why?: string }
  /** Any key may be there, each with this type. */
  | { readonly kind: "map"; readonly type: Type }
  | { readonly kind: "absent"; readonly known: readonly string[] }
  /** Nothing with declared fields: a string, a list, `any`. */
  | { readonly kind: "unreadable" };

/**
 * What `type.name` is. In a union of objects a field is required when it is so in all members, absent when it is in none;
 * null in a union makes every field one that may be absent.
 */
export function property(type: Type, name: string): Property {
  const at = resolve(type);
  switch (at.kind) {
    case "object": {
      const field = at.fields.get(name);
      if (field !== undefined) return { kind: "field", ...field };
      if (at.rest === "closed" || at.rest === "open") return { kind: "absent", known: [...at.fields.keys()] };
      return { kind: "map", type: at.rest };
    }
    case "any":
      return at.dynamic === true ? { kind: "field", type: at, required: true } : { kind: "unreadable" };
    case "optional": {
      const found = property(at.of, name);
      return found.kind === "field" ? { ...found, required: false } : found;
    }
    case "union":
      return ofUnion(at.of, name);
    default:
      return { kind: "unreadable" };
  }
}

function ofUnion(members: readonly Type[], name: string): Property {
  const objects = members.filter((member) => resolve(member).kind !== "null");
  const nullable = objects.length < members.length;
  const found = objects.map((member) => property(member, name));
  if (found.length === 0 || found.some((one) => one.kind === "unreadable")) return { kind: "unreadable" };
  const known = found.flatMap((one) => (one.kind === "absent" ? one.known : []));
  const types = found.flatMap((one) => (one.kind === "field" || one.kind === "map" ? [one.type] : []));
  if (types.length === 0) return { kind: "absent", known: [...new Set(known)] };
  const type = joinAll(types);
  if (found.every((one) => one.kind === "map")) return { kind: "map", type };
  const required = !nullable && found.every((one) => one.kind === "field" && one.required);
  if (required) return { kind: "field", type, required };
  const why = nullable ? "the value may be null" : found.flatMap((one) => (one.kind === "field" && one.why !== undefined ? [one.why] : []))[0];
  return { kind: "field", type, required, why: why ?? "not every case has it" };
}

/** Names that a reader could mean after `type.`, for messages and completion. */
export function fieldNames(type: Type): readonly string[] {
  const at = resolve(type);
  if (at.kind === "object") return [...at.fields.keys()];
  if (at.kind === "optional") return fieldNames(at.of);
  return at.kind === "union" ? [...new Set(at.of.flatMap(fieldNames))] : [];
}

/** Type of the elements that `for`, `map` and `over` give; null when it is no list. */
export function elementType(type: Type): Type | null {
  const at = resolve(type);
  if (at.kind === "list") return at.items;
  if (at.kind === "never") return at;
  if (at.kind === "any") return at.dynamic === true ? at : null;
  if (at.kind !== "union") return null;
  const parts = at.of.map(elementType).filter((part) => part !== null);
  return parts.length < at.of.length ? null : joinAll(parts);
}
