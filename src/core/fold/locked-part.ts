import type { Path } from "../run-id.js";

/** What waits for a lock or has it: a step, a block; "" for the flow itself. */
export const lockedPart = (path: Path): Path => path.replace(/!lock$/, "");
