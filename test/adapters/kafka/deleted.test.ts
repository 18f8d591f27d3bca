import kafkajs from "kafkajs";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import type { Driver } from "../../../src/adapters/kafka/driver.js";
import { groupId } from "../../../src/adapters/kafka/group-id.js";
import { changed, stoodAt, type StoodBy } from "../../../src/adapters/kafka/stood.js";
import { subscribeTo } from "../../../src/adapters/kafka/subscription.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { fakeGroup, record, subscriptionOf } from "./fake-group.js";
import { connectAt, unused } from "./harness.js";

describeOn("kafka", "Kafka: a group that is deleted while nobody of it is there", (url) => {
  test.each(["latest", "earliest"] as const)("goes on where it stood, from: %s", { timeout: 60_000 }, async (from) => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    const publish = (...numbers: readonly number[]): Promise<void> => broker.bus.publish(numbers.map((at) => message(topic, "k", at)));
    await publish(0);
    const of = { topic, group: "g", from, maxBatch: 10 };
    const first = read(await broker.bus.subscribe(of));
    await publish(1, 2);
    const read1 = from === "latest" ? 2 : 3;
    await first.subscription.ack(await first.take(read1));
    await first.subscription.close();
    const admin = new kafkajs.Kafka({ brokers: [url.replace("kafka://", "")], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await admin.deleteGroups([groupId("g", topic)]);
    await publish(3, 4);
    const again = read(await broker.bus.subscribe(of));
    expect((await again.take(2)).map(numberOf)).toEqual([3, 4]);
    await again.subscription.close();
  });
});

test("so does a member that was out of it for a while", async () => {
  const { driver, joined, committed, sought } = fakeGroup([{ partition: 0, low: 0, high: 8 }], [[0, 5]]);
  const subscribing = subscribeTo(driver, systemClock, { ...subscriptionOf, partitions: 1, met: new Map() });
  const member = await joined;
  const reader = read(await subscribing);
  void member.records(0, [5, 6].map((at) => record(at)), 7, false);
  await reader.subscription.ack(await reader.take(2));
  committed.clear();
  member.assigned([0], false);
  await expect.poll(() => [sought, committed.get(0)]).toEqual([[7], 7]);
  await reader.subscription.close();
});

test("a topic that was made anew is no such thing: another record, or none, is where the last one was", async () => {
  const stood: NonNullable<ReturnType<StoodBy["get"]>> = new Map([0, 1, 2, 3].map((partition) => [partition, { offset: 5, timestamp: 1 }]));
  const ranges = [{ partition: 0, low: 0, high: 8 }, { partition: 1, low: 0, high: 8 }, { partition: 2, low: 0, high: 3 }, { partition: 3, low: 6, high: 8 }, { partition: 4, low: 0, high: 8 }];
  const asked: number[][] = [];
  // An answer does not hold all.
  const give: Driver["read"] = async (_, from) => {
    asked.push([...from.keys()]);
    return new Map([...from].map(([partition, offset], at) => [partition, { records: at === 0 ? [record(offset, partition + 1)] : [], next: offset }]));
  };
  expect([await stoodAt({ read: give }, "t", ranges, stood), asked]).toEqual([new Map([[0, { offset: 6, last: { offset: 5, timestamp: 1 } }]]), [[0, 1], [1]]]);
});

test("a position behind the end is one whose records are gone, also where the end is the last one that was read: the next would have its number", async () => {
  const nothing: Driver["read"] = async (_, from) => new Map([...from].map(([partition, offset]) => [partition, { records: [], next: offset }]));
  const positions = new Map([4, 5, 6].map((offset, partition) => [partition, { offset: offset + 1, last: { offset, timestamp: 1 } }]));
  const ranges = [0, 1, 2].map((partition) => ({ partition, low: 0, high: 5 }));
  expect(await changed({ read: nothing }, "t", ranges, positions, new Map())).toEqual(new Set([1, 2]));
});
