// Runs of ten tools, one after the other.
import { toolCase } from "../tools-ten.mjs";

export const cases = [toolCase("one by one", 1, { ours: 5000, baseline: 300 })];
