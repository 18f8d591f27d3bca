import { expect, test } from "vitest";
import { createRetention } from "../../../src/adapters/bus/embedded/retention.js";
import { RETENTION_MS } from "../../../src/adapters/bus/retention.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

const MINUTE = 60_000;

test("a clock that is set back keeps messages longer, never shorter, and holds up no later turn", async () => {
  const start = Date.UTC(2026, 0, 1);
  const real = virtualClock(start);
  let behind = 0;
  const clock = { ...real, now: () => real.now() - behind };
  const trimmed: number[] = [];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one call of it that is made here
  const retention = createRetention({ later: (async (_: string, __: string, before: number) => (trimmed.push(before + RETENTION_MS - start), false)) as never }, clock);
  const used = async (after: number): Promise<void> => {
    await real.advance(after);
    retention.used("t");
    await turns();
  };
  await used(0);
  await used(5 * MINUTE);
  await used(5 * MINUTE);
  expect(trimmed).toEqual([0, 10 * MINUTE]);
  behind = 60 * MINUTE;
  await used(0);
  // By the time that it is now: nothing goes that is younger.
  expect(trimmed.at(-1)).toBe(-50 * MINUTE);
  await used(5 * MINUTE);
  await used(5 * MINUTE);
  expect(trimmed).toHaveLength(4);
  expect(trimmed.at(-1)).toBe(-40 * MINUTE);
  retention.close();
});
