import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTANTS, mutated } from "./mutants.js";

test("the text that each mutant replaces stands in its file, once", () => {
  for (const { changes } of MUTANTS) for (const change of changes) expect(mutated(readFileSync(change.file, "utf8"), change)).not.toBe(readFileSync(change.file, "utf8"));
});

test("there are mutants enough, each with a name of its own", () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
});
