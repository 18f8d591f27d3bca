import { hash } from "node:crypto";

/** Bytes of its JSON. An index takes 2,704 bytes a row, where the names of topics and steps stand beside a key, and a notice 7,999. */
const MOST = 2000;
/** What a character is at most, as `\u0002`. */
const WIDEST = 6;
/** Characters by which a person knows it again. */
const HEAD = 100;

/** A key that flows make, which may be of any length, as the tables have it: of a long one its beginning and its hash. What it gives it leaves as it is. */
export function keyOf(text: string): string {
  if (text.length <= MOST / WIDEST || Buffer.byteLength(JSON.stringify(text)) <= MOST) return text;
  return `${text.slice(0, HEAD)}…sha256:${hash("sha256", text)}`;
}

/** Only a hash of it is known here. */
export const isCut = (key: string): boolean => /…sha256:[0-9a-f]{64}$/.test(key);

/** The same of what a budget's sum is for: a list in JSON, which it stays. */
export function scopeOf(scope: string): string {
  if (scope.length <= MOST / WIDEST) return scope;
  const parts: unknown = JSON.parse(scope);
  return Array.isArray(parts) ? JSON.stringify(parts.map((one: unknown) => (typeof one === "string" ? keyOf(one) : one))) : scope;
}
