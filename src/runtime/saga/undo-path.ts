import type { Path } from "../../core/run-id.js";

const UNDO = "!undo";

/** Where the undo of what stands at a path is recorded; its steps stand below (I6). */
export const undoPath = (of: Path): Path => `${of}${UNDO}`;

/** Whether a path is that of a whole undo, not of a step of one. */
export const isUndo = (path: Path): boolean => path.endsWith(UNDO);
