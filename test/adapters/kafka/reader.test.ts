import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { createTopicReader } from "../../../src/adapters/kafka/topic-reader.js";
import { message } from "../../conformance/bus-reader.js";
import { needOf } from "../../conformance/broker.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, connectionTo, unused } from "./harness.js";

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;

describeOn("kafka", "Kafka: messages read without a group", (url) => {
  test("after a look at all partitions at once no connection is left behind: a command ends", async () => {
    const before = sockets();
    const broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    await broker.bus.publish(Array.from({ length: 20 }, (_, at) => message(topic, `k${at}`, at)));
    expect(await broker.topics.messages(topic, { last: 20 })).toHaveLength(20);
    await broker[Symbol.asyncDispose]();
    await expect.poll(sockets, { timeout: 10_000 }).toBe(before);
  });

  test("where nothing is to be read the server waits for nothing: doctor looks so at each topic that is read", async () => {
    await using driver = createDriver(connectionTo(url), systemClock);
    const topic = unused();
    await driver.create([{ topic, partitions: 1, replicas: 1, config: {} }]);
    const began = performance.now();
    // A server takes the questions of a connection one after the other, and waited a tenth of a second at each: six seconds.
    const read = await Promise.all(Array.from({ length: 60 }, () => driver.read(topic, new Map([[0, 0]]))));
    expect(read.flatMap((pieces) => pieces.get(0)?.records ?? [])).toEqual([]);
    expect(performance.now() - began).toBeLessThan(6000);
  });

  test("all topics are looked at by as few questions as one", async () => {
    await using driver = createDriver(connectionTo(url), systemClock);
    const topics = [unused(), unused()];
    await driver.create(topics.map((topic, at) => ({ topic, partitions: at + 1, replicas: 1, config: {} })));
    await using broker = await connectAt(url);
    await broker.bus.publish([message(topics[1] ?? "", "k", 1)]);
    const ranges = await driver.allRanges(topics);
    for (const topic of topics) expect(ranges.get(topic)?.toSorted((a, b) => a.partition - b.partition)).toEqual((await driver.ranges(topic)).toSorted((a, b) => a.partition - b.partition));
    // Hundreds would wait for each other longer than the library lets them.
    const asked: (readonly string[])[] = [];
    const reader = createTopicReader({ ...driver, topics: async () => topics, groups: async () => [], allRanges: (of) => (asked.push(of), driver.allRanges(of)), ranges: () => Promise.reject(new Error("not one by one")) });
    expect((await reader.topics()).map(({ topic, partitions, messages }) => [topic, partitions, messages])).toEqual(topics.map((topic, at) => [topic, at + 1, at] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    expect(asked).toEqual([topics]);
  });
});
