import { hash } from "node:crypto";

/** Values that are stored beside the journal, by their hash. */
export type Blobs = Map<string, string>;

/** Characters of a value, as JSON, from which on it is stored once and by its hash (I39). */
export const LARGE = 64 * 1024;

/** The hash of a value that is large, which is then in `blobs`; else null. */
export function asBlob(value: unknown, blobs: Blobs): string | null {
  const text = JSON.stringify(value);
  if (text.length <= LARGE) return null;
  const name = hash("sha256", text, "base64url");
  blobs.set(name, text);
  return name;
}
