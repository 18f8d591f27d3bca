import type { ExprAst } from "../core/expression.js";

/** What holds when a test has one outcome; null: that outcome never happens, so everything holds. */
export type Facts = ReadonlySet<string> | null;

export const NOTHING: ReadonlySet<string> = new Set();

/** A test that went wrong might have told anything: behind it nothing is said about what may be absent (one cause, one error). */
export const ANYTHING: ReadonlySet<string> = new Set(["*"]);

/** Whether a fact is known to hold. */
export const holds = (facts: ReadonlySet<string>, fact: string): boolean => facts.has(fact) || facts.has("*");

/** Both hold. */
export const both = (a: Facts, b: Facts): Facts => (a === null || b === null ? null : a.size === 0 ? b : b.size === 0 ? a : a.union(b));

/** One of the two holds. */
export function either(a: Facts, b: Facts): Facts {
  if (a === null || a.has("*")) return b;
  if (b === null || b.has("*")) return a;
  return a.size === 0 ? a : a.intersection(b);
}

export const known = (facts: Facts): ReadonlySet<string> => facts ?? NOTHING;

/** `["steps", "found"]` is "steps.found"; a name with other characters is quoted, so that paths stay unambiguous. */
export function pathKey(path: readonly string[]): string {
  let key = "";
  for (const name of path) key += `${key === "" ? "" : "."}${PLAIN.test(name) ? name : JSON.stringify(name)}`;
  return key;
}
const PLAIN = /^[\w[\]-]+$/;

/** The fact that a path is not null. */
export const notNull = (path: readonly string[]): string => `${pathKey(path)}!null`;

/** The fact that a path does not have a value. */
export const isNot = (path: readonly string[], value: string | number | boolean): string => `${pathKey(path)}!=${JSON.stringify(value)}`;

/** Names from the root variable on; an element at a fixed index counts as a name. Null where it is no such path. */
export function accessPath(ast: ExprAst): readonly string[] | null {
  if (ast.op === "var") return [ast.name];
  if (ast.op === "get") {
    const of = accessPath(ast.of);
    return of === null ? null : [...of, ast.name];
  }
  if (ast.op === "index" && ast.index.op === "lit" && typeof ast.index.value === "number") {
    const of = accessPath(ast.of);
    return of === null ? null : [...of, `[${ast.index.value}]`];
  }
  return null;
}

/** Every part of a path but its variable is there, and none but the last is null. */
export function presence(path: readonly string[]): ReadonlySet<string> {
  const facts = new Set<string>();
  for (let length = 1; length <= path.length; length++) {
    const prefix = path.slice(0, length);
    if (length > 1) facts.add(pathKey(prefix));
    if (length < path.length) facts.add(notNull(prefix));
  }
  return facts;
}
