// Runs of ten tools, 64 at once.
import { toolCase } from "../tools-ten.mjs";

export const cases = [toolCase("64 at once", 64, { ours: 10_000, baseline: 512 })];
