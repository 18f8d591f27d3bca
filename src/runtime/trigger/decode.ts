import type { Json } from "../../core/json.js";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The bytes of a message as text; replacement characters where they are no UTF-8, for a dead letter's `raw`. */
export const rawText = (body: Uint8Array | string): string => (typeof body === "string" ? body : new TextDecoder().decode(body));

/**
 * A message's JSON. Throws TypeError or SyntaxError with a message for the reader.
 * A key `__proto__` becomes an own property of its object, which is what JSON.parse makes of it.
 */
export function decode(body: Uint8Array | string): Json {
  const parsed: Json = JSON.parse(typeof body === "string" ? body : utf8.decode(body));
  return parsed;
}
