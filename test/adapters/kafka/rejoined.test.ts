import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { subscribeTo } from "../../../src/adapters/kafka/subscription.js";
import { read } from "../../conformance/bus-reader.js";
import { turns } from "../../support/virtual-clock.js";
import { fakeGroup, record, subscriptionOf } from "./fake-group.js";

test("a group that is built anew without a hand-over goes on behind what was at the reader: nothing comes twice", async () => {
  const { driver, joined, committed, sought } = fakeGroup([{ partition: 0, low: 0, high: 10 }], [[0, 5]]);
  const subscribing = subscribeTo(driver, systemClock, { ...subscriptionOf, partitions: 1, met: new Map() });
  const member = await joined;
  const reader = read(await subscribing);
  void member.records(0, [5, 6, 7].map((at) => record(at)), 8, false);
  const [first, second, third] = await reader.take(3);
  if (first === undefined || second === undefined || third === undefined) throw new Error("three were taken");
  reader.subscription.pause();
  await reader.subscription.giveBack([second], 3_600_000);
  await reader.subscription.ack([first, third]);
  // Fetched, and not at the reader yet.
  const fetched = member.records(0, [8, 9].map((at) => record(at)), 10, false);
  member.rejoining();
  member.assigned([0], true);
  await fetched;
  expect(sought.at(-1)).toBe(8);
  void member.records(0, [8, 9].map((at) => record(at)), 10, false);
  reader.subscription.resume();
  const came = await reader.take(2);
  await reader.subscription.ack(came);
  await reader.subscription.close();
  expect({ came: came.map(({ offset }) => offset), more: reader.waiting(), committed: committed.get(0) }).toEqual({ came: ["8", "9"], more: 0, committed: 6 });
});

test("partitions are handed over when what was acknowledged of them is stored: else whoever has them next does it again", async () => {
  const stored = Promise.withResolvers<void>();
  const { driver, joined, committed } = fakeGroup([{ partition: 0, low: 0, high: 2 }], [[0, 0]], () => stored.promise);
  const subscribing = subscribeTo(driver, systemClock, { ...subscriptionOf, partitions: 1, met: new Map() });
  const member = await joined;
  const reader = read(await subscribing);
  void member.records(0, [record(0)], 1, false);
  const came = await reader.take(1);
  let isOver = false;
  const handing = member.handOver().then(() => (isOver = true));
  const acked = reader.subscription.ack(came);
  await turns();
  expect(isOver).toBe(false);
  stored.resolve();
  await Promise.all([handing, acked]);
  expect(committed.get(0)).toBe(1);
  await reader.subscription.close();
});

test("nothing is committed of a partition that another member has now: its position would go back", async () => {
  const { driver, joined, committed } = fakeGroup([{ partition: 0, low: 0, high: 2 }, { partition: 1, low: 0, high: 2 }], [[0, 0], [1, 0]]);
  const subscribing = subscribeTo(driver, systemClock, { ...subscriptionOf, partitions: 2, met: new Map() });
  const member = await joined;
  const reader = read(await subscribing);
  void member.records(0, [record(0)], 1, false);
  void member.records(1, [record(0)], 1, false);
  const came = await reader.take(2);
  // It took longer than the group waits.
  member.assigned([1], true);
  committed.set(0, 7);
  await reader.subscription.ack(came);
  await reader.subscription.close();
  expect([...committed]).toEqual([[0, 7], [1, 1]]);
});

test("what is acknowledged while a member leaves is stored before it is gone", async () => {
  const { driver, joined, committed } = fakeGroup([{ partition: 0, low: 0, high: 2 }], [[0, 0]]);
  const subscribing = subscribeTo(driver, systemClock, { ...subscriptionOf, partitions: 1, met: new Map() });
  const member = await joined;
  const reader = read(await subscribing);
  void member.records(0, [0, 1].map((at) => record(at)), 2, false);
  const [first, second] = await reader.take(2);
  if (first === undefined || second === undefined) throw new Error("two were taken");
  await reader.subscription.ack([first]);
  // So soon behind another one it waits a moment.
  const acked = reader.subscription.ack([second]);
  await reader.subscription.close();
  expect(committed.get(0)).toBe(2);
  await acked;
});
