import { describe, expect, it } from "vitest";
import { FC1_EXPRESSION } from "../../../src/core/codes/fc1-expression.js";
import { FC3_EXPRESSION } from "../../../src/core/codes/fc3-expression.js";
import { FC4_EXPRESSION } from "../../../src/core/codes/fc4-expression.js";
import { checkText } from "../../compiler/types/check-text.js";

describe("examples of expression codes", () => {
  // One is too large to be shown; test/expr/parse.test.ts has it.
  const shown = Object.entries({ ...FC1_EXPRESSION, ...FC3_EXPRESSION, ...FC4_EXPRESSION }).filter(([, { bad }]) => bad !== "");
  it.each(shown)("%s", (code, { bad, good }) => {
    expect(new Set(checkText(bad).errors.map(({ at }) => at.replace(/@.*/, "")))).toEqual(new Set([code]));
    expect(checkText(good).errors).toEqual([]);
  });
});
