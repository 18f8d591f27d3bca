import { readFileSync } from "node:fs";
import type { RunEvent } from "../../src/core/event.js";

/** Runs of flows/ as their journals have them, with the times of models that think: `test/fixtures/tui/runs.jsonl`. */
export const recordedRuns = (): readonly RunEvent[] =>
  readFileSync("test/fixtures/tui/runs.jsonl", "utf8")
    .trimEnd()
    .split("\n")
    .map((line): RunEvent => JSON.parse(line));
