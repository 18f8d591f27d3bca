export type Holder = Readonly<Record<string, unknown>>;
export const isHolder = (value: unknown): value is Holder => typeof value === "object" && value !== null;

/**
 * Names that a plain object or a list has without holding them, and elements of lists. Any other name can be read
 * directly, which is far faster than asking for own keys first: nothing else is inherited by what JSON gives.
 */
const INHERITED: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), ...Object.getOwnPropertyNames(Array.prototype)]);
export const needsOwn = (name: string): boolean => INHERITED.has(name) || /^\d/.test(name);

/** The own property of a plain object, or undefined: prototypes are never read. */
export function own(of: unknown, name: string): unknown {
  return isHolder(of) && !Array.isArray(of) && Object.hasOwn(of, name) ? of[name] : undefined;
}

/** Like `own`, along a chain of null-prototype objects: the steps of the blocks around. */
export function chained(of: unknown, name: string): unknown {
  for (let at: unknown = of; isHolder(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return at[name];
  }
  return undefined;
}

/** Makes an object whose every key is its own, `__proto__` too. */
export function objectOf(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries);
}
