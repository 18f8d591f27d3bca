import { expect, it } from "vitest";
import { checkText, errorsOf } from "./check-text.js";

const flow = (rate: string): string => `flowctl: v1\nflow: f\ninput: { fields: { who: string, tags: "string[]" } }\ntools: { t: { http: { method: GET, url: "https://api.example.com/x" }, input: { fields: { who: string, tags: "string[]" } }, output: string } }\npolicies: { p: { rate: ${rate} } }\nsteps: [ { tool: t, policy: p } ]\n`;

it("a rate is counted by a text or a number of the input", () => {
  expect(errorsOf(flow("{ max: 3, window: 1m }"))).toEqual([]);
  expect(errorsOf(flow("{ max: 3, window: 1m, per: input.tags }"))).toEqual(["FC4005@5"]);
  expect(errorsOf(flow("{ max: 3, window: 1m, per: input.whom }"))).toEqual(["FC3101@5"]);
  expect(errorsOf(flow("{ max: 0, window: 1m }"))).toEqual(["FC2010@5"]);
  const [checked] = checkText(flow("{ max: 3, window: 1m, per: input.who }")).flows;
  expect(checked?.draft.policies).toMatchObject({ p: { rate: { max: 3, window: 60_000, per: { text: "input.who" } } } });
});
