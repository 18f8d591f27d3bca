import { expect, test } from "vitest";
import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { busConformance } from "../../conformance/bus.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

busConformance("memory", async () => {
  const clock = virtualClock();
  let topics = 0;
  return {
    bus: createMemoryBus(clock),
    topic: async () => `topic-${(topics += 1)}`,
    passes: (ms) => clock.advance(ms),
    tooLarge: 9 * 1024 * 1024,
  };
});

test("the third delivery says so", async () => {
  const clock = virtualClock();
  const bus = createMemoryBus(clock);
  await bus.publish([{ topic: "t", key: null, id: "1", headers: {}, body: "{}" }]);
  for (const attempt of [1, 2, 3]) {
    const subscription = await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 });
    for await (const batch of subscription.batches) {
      expect(batch.map((one) => one.attempt)).toEqual([attempt]);
      break;
    }
    await subscription.close();
  }
});

test("after 7 days what every group has read is gone, the rest is kept", async () => {
  const clock = virtualClock();
  const bus = createMemoryBus(clock);
  const slow = await bus.subscribe({ topic: "t", group: "slow", from: "earliest", maxBatch: 10 });
  const put = (id: string) => bus.publish([{ topic: "t", key: null, id, headers: {}, body: id }]);
  await put("1");
  await clock.advance(8 * 24 * 3_600_000);
  await put("2");
  const kept = await slow.batches[Symbol.asyncIterator]().next();
  expect(kept.done === true ? [] : kept.value.map((one) => one.body)).toEqual(["1", "2"]);
  if (kept.done !== true) await slow.ack(kept.value);
  await clock.advance(8 * 24 * 3_600_000);
  await put("3");
  const late = await bus.subscribe({ topic: "t", group: "late", from: "earliest", maxBatch: 10 });
  await turns();
  const rest = await late.batches[Symbol.asyncIterator]().next();
  expect(rest.done === true ? [] : rest.value.map((one) => one.body)).toEqual(["3"]);
});
