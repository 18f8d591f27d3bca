import { expect, test } from "vitest";
import { table } from "../../src/cli/operator/table.js";

test("spaces at the start of a cell are the depth in a tree; all other white space is one space", () => {
  expect(table(["step", "what"], [["lines", "a\n  b"], ["  [0]", "x"], ["    p", " y"]])).toBe("STEP   WHAT\nlines  a b\n  [0]  x\n    p   y\n");
});
