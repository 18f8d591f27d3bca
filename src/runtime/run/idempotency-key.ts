import { hash } from "node:crypto";
import type { Path, RunId } from "../../core/run-id.js";
import { originOf, type Keyed, renewalOf } from "../redrive/renewed.js";
import { base32 } from "./base32.js";

const digest = (text: string): string => base32(hash("sha256", text, "binary"), 26);

/** I10: independent of attempt, worker and epoch. */
export const idempotencyKey = (run: RunId, path: Path): string => digest(`${run}\n${path}`);

/** I17: of a redriven message that of the first run, or of the one that came after the path was last undone. */
export function keyAt(keyed: Keyed, path: Path): string {
  const origin = originOf(keyed, path);
  return idempotencyKey(origin.run, origin.path);
}

/** A step's own `key:` drops run and path: two steps or runs with one key are one effect, until a run undoes it (I17). */
export function ownIdempotencyKey(tool: string, key: string, keyed: Keyed, path: Path): string {
  const renewal = renewalOf(keyed, path);
  return digest(`key\n${tool}\n${key}${renewal === null ? "" : `\n${renewal}`}`);
}
