/** Longer than any statement of ours takes that is not large: the server, or the way to it, is gone. */
export const SILENT_MS = 20_000;
/** Characters in a millisecond: what is sent to the server may come there so slowly. */
const SLOWEST = 20;

/** How long nothing may come from the server, ms. What the system has taken to send cannot be seen on its way. */
export const patienceFor = (statements: Iterable<readonly unknown[]>): number => SILENT_MS + charactersIn(statements) / SLOWEST;

function charactersIn(values: Iterable<unknown>): number {
  let characters = 0;
  for (const value of values) characters += typeof value === "string" ? value.length : Array.isArray(value) ? charactersIn(value) : 0;
  return characters;
}
