import type { Json } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";

const strict = new TextDecoder("utf-8", { fatal: true });
const lenient = new TextDecoder("utf-8");

/**
 * A message body as JSON; throws for what is none. A key `__proto__` becomes a property of its own, as JSON.parse does:
 * nothing downstream reads inherited ones.
 */
export const decode = (body: Uint8Array | string): Json => parseJson(typeof body === "string" ? body : strict.decode(body));

/** Why `decode` threw, for people. */
export function undecodable(body: Uint8Array | string, thrown: unknown): string {
  if (!(thrown instanceof SyntaxError)) return "the message is not UTF-8 text";
  return rawText(body).trim() === "" ? "the message is empty" : `the message is not JSON: ${thrown.message}`;
}

/** The body as text, for a dead letter: bytes that are no UTF-8 become U+FFFD. */
export const rawText = (body: Uint8Array | string): string => (typeof body === "string" ? body : lenient.decode(body));
