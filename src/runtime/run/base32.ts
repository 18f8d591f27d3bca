import { BASE32 } from "../../core/run-id.js";

const LETTERS = Buffer.from(BASE32, "latin1");
/** A string that grows letter by letter is a tree of strings. */
const scratch = Buffer.alloc(64);

/** RFC 4648: the first so many characters of a digest as Node gives it in `binary`, a character a byte. */
export function base32(digest: string, length: number): string {
  let buffer = 0;
  let bits = 0;
  for (let at = 0, byte = 0; at < length; at += 1) {
    if (bits < 5) {
      buffer = ((buffer & 31) << 8) | digest.charCodeAt(byte);
      byte += 1;
      bits += 8;
    }
    bits -= 5;
    scratch[at] = LETTERS[(buffer >> bits) & 31] ?? 0;
  }
  return scratch.toString("latin1", 0, length);
}
