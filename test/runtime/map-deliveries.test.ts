import { expect, test } from "vitest";
import type { Delivery, Subscription } from "../../src/core/ports/bus.js";
import { mapDeliveries } from "../../src/runtime/map-deliveries.js";
import { collect } from "../support/collect.js";

const delivery = (offset: string): Delivery => ({ topic: "t", partition: 0, offset, key: null, headers: {}, body: offset, timestamp: 0, attempt: 1 });

test("what is read as something else is acknowledged and given back as the broker gave it; a batch of which nothing changes is the very one", async () => {
  const [a, b, c] = [delivery("1"), delivery("2"), delivery("3")];
  const told: (readonly Delivery[])[] = [];
  const tell = async (deliveries: readonly Delivery[]): Promise<void> => void told.push(deliveries);
  const given = [[a, b], [c]];
  const subscription: Subscription = {
    batches: (async function* () {
      yield* given;
    })(),
    ack: tell,
    giveBack: tell,
    pause: () => undefined,
    resume: () => undefined,
    lag: async () => 0,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const mapped = mapDeliveries(subscription, ({ offset }) => offset === "2", async (one) => ({ ...one, body: "other" }));
  const [first = [], second = []] = await collect(mapped.batches);
  expect(first).toEqual([a, { ...b, body: "other" }]);
  expect(second).toBe(given[1]);
  await mapped.ack(first);
  await mapped.giveBack(first.slice(1), 5);
  await mapped.ack(second);
  expect(told).toEqual([[a, b], [b], [c]]);
  expect(told[1]?.[0]).toBe(b);
  expect(told[2]).toBe(second);
});
