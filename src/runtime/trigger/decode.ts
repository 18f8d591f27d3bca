import type { Json } from "../../core/json.js";

export type Decoded = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string };

const strict = new TextDecoder("utf-8", { fatal: true });
const lenient = new TextDecoder("utf-8");

/**
 * A message body as JSON. A key `__proto__` becomes a property of its own, as JSON.parse does: nothing downstream reads
 * inherited ones.
 */
export function decode(body: Uint8Array | string): Decoded {
  let text: string;
  try {
    text = typeof body === "string" ? body : strict.decode(body);
  } catch {
    return { ok: false, problem: "the message is not UTF-8 text" };
  }
  try {
    const value: Json = JSON.parse(text);
    return { ok: true, value };
  } catch (error) {
    return { ok: false, problem: text.trim() === "" ? "the message is empty" : `the message is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The body as text, for a dead letter: bytes that are no UTF-8 become U+FFFD. */
export const rawText = (body: Uint8Array | string): string => (typeof body === "string" ? body : lenient.decode(body));
