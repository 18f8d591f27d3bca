import { describe, expect, it } from "vitest";
import { CODES } from "../../../src/core/codes/table.js";
import { shapeText } from "../../compiler/shape/shape-text.js";

describe("the diagnostics table", () => {
  it.each(Object.entries(CODES))("%s has what a reader needs", (code, { title, explain, bad, good, from }) => {
    expect(code).toMatch(/^FC\d{4}$/);
    expect(title).not.toMatch(/\.$/);
    expect(title.split(" ").length).toBeLessThanOrEqual(12);
    expect(explain).toMatch(/[.`)]$/);
    if (from !== "run") expect(bad !== "" && good !== "").toBe(true);
  });
});

describe("examples, as far as the shape phase goes", () => {
  const shown = Object.entries(CODES).filter(([code, { from, bad }]) => /^FC[12]/.test(code) && from !== "run" && bad !== "");
  it.each(shown)("%s", (code, { bad, good }) => {
    const codes = new Set(shapeText(bad).diagnostics.map((one) => one.code));
    // FC2080 is found where types are lowered.
    if (code.startsWith("FC2") && code !== "FC2080") expect([...codes]).toEqual([code]);
    expect(shapeText(good).diagnostics).toEqual([]);
  });
});
