import { expect, it } from "vitest";
import { checkText, errorsOf } from "./check-text.js";

const flow = (budget: string): string => `flowctl: v1\nflow: f\ninput: { fields: { who: string, n: integer, tags: "string[]" } }\nbudget: ${budget}\nsteps: [ { set: 1 } ]\n`;

it("the key of a budget over runs is a text or a number of the input", () => {
  expect(errorsOf(flow("{ tokens: 5, key: input.who }"))).toEqual([]);
  expect(errorsOf(flow("{ tokens: 5, per: day, key: input.n }"))).toEqual([]);
  expect(errorsOf(flow("{ tokens: 5, key: input.tags }"))).toEqual(["FC4005@4"]);
  expect(errorsOf(flow("{ tokens: 5, key: input.whom }"))).toEqual(["FC3101@4"]);
  expect(errorsOf(flow("{ tokens: 5, key: steps.x }"))).toEqual(["FC3101@4"]);
  const [checked] = checkText(flow("{ usd: 2, per: day, key: input.who }")).flows;
  expect(checked?.draft.budget).toMatchObject({ usd: 2, mode: "enforce", per: "day", key: { text: "input.who" } });
});
