/** The own property of a plain object, or undefined: prototypes are never read. */
export function own(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null && !Array.isArray(of) && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
}

/** Makes an object whose every key is its own, `__proto__` too. */
export function objectOf(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries);
}
