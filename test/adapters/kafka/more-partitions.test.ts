import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { subscribeTo } from "../../../src/adapters/kafka/subscription.js";
import { read } from "../../conformance/bus-reader.js";
import { turns } from "../../support/virtual-clock.js";
import { fakeGroup, record, subscriptionOf } from "./fake-group.js";

test("what comes of a partition that the group has read, while the beginning of a new one is stored, is not lost", async () => {
  const stored = Promise.withResolvers<void>();
  const { driver, joined, committed } = fakeGroup([{ partition: 0, low: 0, high: 8 }, { partition: 1, low: 0, high: 0 }], [[0, 5]], () => stored.promise);
  const subscribing = subscribeTo(driver, systemClock, { ...subscriptionOf, partitions: 2, met: new Map() });
  const member = await joined;
  // The library fetches from the committed position at once, and goes on behind it.
  const first = member.records(0, [5, 6, 7].map((at) => record(at)), 8, false);
  await turns();
  stored.resolve();
  const reader = read(await subscribing);
  await first;
  void member.records(0, [record(8)], 9, false);
  const came = await reader.take(1);
  await reader.subscription.ack(came);
  await reader.subscription.close();
  // Nor is what is behind it, when that is acknowledged, all of it.
  expect({ came: came[0]?.offset, committed: committed.get(0) }).toEqual({ came: "5", committed: 6 });
});
