import { Duration, Timestamp } from "./time.js";

/** CEL's ==: deep, numbers by value, objects by own keys, an absent field as absent. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ms === b.ms;
  if (a instanceof Duration) return b instanceof Duration && a.ms === b.ms;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(Reflect.get(a, key), Reflect.get(b, key)));
}

/** -1, 0 or 1; NaN where the values have no order. */
export function compare(a: unknown, b: unknown): number {
  const [x, y] = [order(a), order(b)];
  if (typeof x === "number" && typeof y === "number") return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
  if (typeof x === "string" && typeof y === "string") return x < y ? -1 : x > y ? 1 : 0;
  return Number.NaN;
}

const order = (value: unknown): unknown =>
  value instanceof Timestamp || value instanceof Duration ? value.ms : typeof value === "boolean" ? Number(value) : value;
