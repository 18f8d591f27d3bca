import { canonicalJson, type Json } from "../../core/json.js";
import { isObject } from "./walk.js";

export function hasType(value: unknown, type: Json): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

/** The first item that equals one before it; -1: none does. Each is looked at once, for a message may have very many. */
export function firstRepeated(items: readonly unknown[]): number {
  const scalars = new Set<unknown>();
  const texts = new Set<string>();
  return items.findIndex((item) => {
    if (typeof item !== "object" || item === null) return isKnown(scalars, item);
    return isKnown(texts, canonicalJson(item));
  });
}

function isKnown<T>(known: Set<T>, one: T): boolean {
  if (known.has(one)) return true;
  known.add(one);
  return false;
}
