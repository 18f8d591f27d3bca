import { hash } from "node:crypto";
import type { Path, RunId } from "../../core/run-id.js";
import { base32 } from "./base32.js";

const digest = (text: string): string => base32(hash("sha256", text, "binary"), 26);

/** I10: independent of attempt, worker and epoch. `run` is the first run of a redriven message (I17). */
export const idempotencyKey = (run: RunId, path: Path): string => digest(`${run}\n${path}`);

/** A step's own `key:` drops run and path: two steps or runs with one key are one effect. */
export const ownIdempotencyKey = (tool: string, key: string): string => digest(`key\n${tool}\n${key}`);
