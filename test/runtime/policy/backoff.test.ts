import { expect, test } from "vitest";
import { seededRandom } from "../../support/seeded-random.js";
import { delayBefore } from "../../../src/runtime/policy/backoff.js";

const after = (retryAfterMs: number | undefined): number =>
  delayBefore({ max: 3, backoff: "constant", initial: 1000, cap: 30_000, jitter: "none" }, 1, seededRandom(1), retryAfterMs);
const YEAR_MS = 366 * 86_400_000;

test.each([
  [undefined, 1000],
  [0, 1000],
  [-5, 1000],
  [90_000, 90_000],
  [1e15, YEAR_MS],
  [Number.POSITIVE_INFINITY, YEAR_MS],
  [Number.NaN, 1000],
])("a Retry-After of %s ms is the shortest delay, up to a year", (retryAfterMs, delay) => {
  expect(after(retryAfterMs)).toBe(delay);
});
