import { keyPaths } from "../../compiler/shape/definitions/lookup.js";
import { CODES } from "../../core/codes/table.js";
import type { Candidate } from "./complete.js";

/** What `explain` knows: codes, and keys as deep as was typed, as a shell completes folders. */
export function explained(typed: string): readonly Candidate[] {
  const depth = typed.split(".").length;
  const keys = keyPaths().filter((path) => path.split(".").length === depth);
  const codes = typed === "" ? [] : Object.entries(CODES).map(([code, entry]): Candidate => [code, entry?.title ?? ""]);
  return [...keys.map((path): Candidate => [path, ""]), ...codes];
}
