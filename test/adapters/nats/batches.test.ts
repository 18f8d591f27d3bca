import { expect, test } from "vitest";
import { createBatches } from "../../../src/adapters/nats/batches.js";
import { systemClock } from "../../../src/adapters/clock/system.js";
import type { Delivery } from "../../../src/core/ports/bus.js";

const delivery = (offset: string): Delivery => ({ topic: "t", partition: 0, offset, key: null, headers: {}, timestamp: 0, body: "{}", attempt: 1 });

test("what comes while a batch is handled is one batch, also for a reader that asks before it handles", async () => {
  const buffer: Delivery[] = [delivery("1")];
  const batches = createBatches(systemClock, () => buffer.splice(0));
  const reader = batches.iterable[Symbol.asyncIterator]();
  expect(await reader.next()).toMatchObject({ value: [{ offset: "1" }] });
  buffer.push(delivery("2"));
  const next = reader.next();
  buffer.push(delivery("3"));
  expect(await next).toMatchObject({ value: [{ offset: "2" }, { offset: "3" }] });
  const last = reader.next();
  batches.end(null);
  expect(await last).toMatchObject({ done: true });
});
