/**
 * What was thrown, as one clause for people. A name with several addresses, as `localhost` has on many machines, is tried
 * at each, and Node.js then throws an AggregateError whose own message is empty: what its errors say is why.
 */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.message !== "") return thrown.message;
  const inner: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  if (inner.length > 0) return [...new Set(inner.map(messageOf))].join(", ");
  return "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
}

/** The same, to stand inside of a sentence: what a server says may end in a full stop of its own. */
export const clauseOf = (thrown: unknown): string => messageOf(thrown).replace(/\.+$/, "");
