import { expect, test } from "vitest";
import { InfraError } from "../../src/core/errors.js";
import { patiently, Stopped } from "../../src/runtime/patience.js";
import { turns, virtualClock } from "../support/virtual-clock.js";

test.each([new TypeError("x is not a function"), new ReferenceError("x is not defined"), new InfraError("FC6010", "It is full.")])("what no waiting mends is thrown at once: %s", async (thrown) => {
  const calling = patiently(virtualClock(), () => false, () => Promise.reject(thrown));
  const waits = turns(20).then(() => "waits");
  await expect(Promise.race([calling, waits])).rejects.toBe(thrown);
});

test("one that is away is asked again, until the runtime is closed", async () => {
  const clock = virtualClock();
  let stopped = false;
  let asked = 0;
  const calling = patiently(clock, () => stopped, () => Promise.reject(new Error(`away ${(asked += 1)}`)));
  const ended = expect(calling).rejects.toThrow(Stopped);
  await clock.advance(1000);
  expect(asked).toBeGreaterThan(3);
  stopped = true;
  await clock.advance(3000);
  await ended;
});
