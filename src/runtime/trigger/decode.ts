import type { Json } from "../../core/json.js";
import { parseJson } from "../../core/parse-json.js";

const strict = new TextDecoder("utf-8", { fatal: true });

/**
 * A message body as JSON; throws for what is none. A key `__proto__` becomes a property of its own, as JSON.parse does:
 * nothing downstream reads inherited ones.
 */
export const decode = (body: Uint8Array | string): Json => parseJson(typeof body === "string" ? body : strict.decode(body));

/** Why `decode` threw, for people. */
export function undecodable(body: Uint8Array | string, thrown: unknown): string {
  if (!(thrown instanceof SyntaxError)) return "the message is not UTF-8 text";
  return (typeof body === "string" ? body : strict.decode(body)).trim() === "" ? "the message is empty" : `the message is not JSON: ${thrown.message}`;
}
