import type { CodeTable } from "./entry.js";

/** Shape: which keys stand where, and what form their values have. */
export const FC2_SHAPE: CodeTable = {};
