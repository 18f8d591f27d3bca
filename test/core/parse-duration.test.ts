import { expect, test } from "vitest";
import { parseDuration } from "../../src/core/parse-duration.js";

test.each([
  ["200ms", 200],
  ["1h30m", 5_400_000],
  ["3650000d", 3_650_000 * 86_400_000],
  ["3650001d", null],
  [`${"9".repeat(400)}d`, null],
  ["5", null],
  ["5m of it", null],
  ["", null],
])("%s", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
