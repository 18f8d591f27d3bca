import type { Path } from "../../core/run-id.js";

const UNDO = "!undo";

/** Where the undo of what stands at a path is recorded; its steps stand below (I6). */
export const undoPath = (of: Path): Path => `${of}${UNDO}`;

/** The undo as a whole, none of its steps. */
export const isUndo = (path: Path): boolean => path.endsWith(UNDO);
