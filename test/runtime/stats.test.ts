import { expect, test } from "vitest";
import { createStats } from "../../src/runtime/stats.js";

test("p50 and p99 are right to within 5 %, from microseconds to days", () => {
  for (const scale of [0.01, 1, 86_400_000]) {
    const stats = createStats();
    for (let ms = 1; ms <= 1000; ms += 1) stats.took(ms * scale);
    const { p50, p99 } = stats.summary();
    expect(Math.abs(p50 / (500 * scale) - 1)).toBeLessThan(0.051);
    expect(Math.abs(p99 / (990 * scale) - 1)).toBeLessThan(0.051);
  }
});

test("without runs there is nothing to tell", () => {
  const stats = createStats();
  expect(stats.summary()).toMatchObject({ p50: 0, p99: 0, runs: 0 });
  stats.took(0);
  expect(stats.summary().p99).toBeLessThan(0.01);
});
