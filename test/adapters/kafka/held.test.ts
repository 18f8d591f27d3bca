import { describe, expect, test, vi } from "vitest";
import { KafkaFailure, type Driver, type Producer } from "../../../src/adapters/kafka/driver.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { failure } from "../../../src/adapters/kafka/kafkajs/failure.js";
import { createPlaces } from "../../../src/adapters/kafka/places.js";
import { createPublisher } from "../../../src/adapters/kafka/publisher.js";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, connectionTo, unused } from "./harness.js";

const message = (topic: string, id: string) => ({ topic, key: "k", id, headers: {}, body: `"${id}"` });

describeOn("kafka", "Kafka: a topic that takes nothing now", (url) => {
  test("holds up nothing else: what goes with it is stored, once however often it is tried", { timeout: 60_000 }, async () => {
    await using broker = await connectAt(url);
    await using driver = createDriver(connectionTo(url), systemClock);
    const [topic, other] = [unused(), unused()];
    await driver.create([{ topic: other, partitions: 1, replicas: 1, config: {} }]);
    // That it is not there is believed after a while.
    const held = { name: "TopicsHeld", topics: new Map([[topic, "it is not there"]]) };
    await expect(broker.bus.publish([message(topic, "1"), message(other, "1"), message(topic, "2"), message(other, "2")])).rejects.toMatchObject(held);
    await expect(broker.bus.publish([message(topic, "1"), message(topic, "2")])).rejects.toMatchObject(held);
    await driver.create([{ topic, partitions: 1, replicas: 1, config: {} }]);
    await broker.bus.publish([message(topic, "1"), message(topic, "2")]);
    const stored = async (of: string) => (await broker.topics.messages(of, { last: 9 })).map(({ body }) => body);
    expect([await stored(topic), await stored(other)]).toEqual([['"1"', '"2"'], ['"1"', '"2"']]);
  });

  test("one that does not take this machine's time is told, and holds up nothing else", { timeout: 60_000 }, async () => {
    await using broker = await connectAt(url);
    await using driver = createDriver(connectionTo(url), systemClock);
    const [topic, other] = [unused(), unused()];
    await driver.create([{ topic, partitions: 1, replicas: 1, config: { "message.timestamp.after.max.ms": "60000" } }, { topic: other, partitions: 1, replicas: 1, config: {} }]);
    vi.setSystemTime(Date.now() + 10 * 60_000);
    try {
      await expect(broker.bus.publish([message(topic, "1"), message(other, "1")])).rejects.toMatchObject({ name: "TopicsHeld", topics: new Map([[topic, expect.stringContaining("the clock of this machine")]]) });
    } finally {
      vi.useRealTimers();
    }
    await broker.bus.publish([message(topic, "1")]);
    const stored = async (of: string) => (await broker.topics.messages(of, { last: 9 })).map(({ body }) => body);
    // The server stores the rest of a request that it rejects.
    expect([await stored(topic), new Set(await stored(other))]).toEqual([['"1"'], new Set(['"1"'])]);
  });
});

describe("a server that takes part of a request", () => {
  /** It stores what is for other topics, and then rejects the request. */
  function forbidding(): { readonly driver: Driver; readonly forbidden: Set<string>; readonly stored: string[] } {
    const forbidden = new Set<string>();
    const stored: string[] = [];
    const producer: Producer = {
      async send(records) {
        stored.push(...records.flatMap(({ topic, value }) => (forbidden.has(topic) ? [] : [`${topic}${String(value)}`])));
        if (records.some(({ topic }) => forbidden.has(topic))) throw new KafkaFailure("no", "TOPIC_AUTHORIZATION_FAILED", undefined);
      },
      close: async () => undefined,
    };
    const driver: Driver = { ...createDriver(connectionTo("127.0.0.1:1"), systemClock), producer: async () => producer, partitions: async () => [{ partition: 0, replicas: 1, inSync: 1 }] };
    return { driver, forbidden, stored };
  }

  test("what goes with a forbidden topic is stored twice at most once, not with each of its tries; calls are told apart", async () => {
    const { driver, forbidden, stored } = forbidding();
    const publisher = createPublisher(driver, createPlaces(driver, systemClock), systemClock);
    forbidden.add("b");
    const held = { name: "TopicsHeld", topics: new Map([["b", expect.stringContaining("may not write")]]) };
    await expect(publisher.publish([message("b", "1"), message("a", "1"), message("b", "2")])).rejects.toMatchObject(held);
    stored.length = 0;
    for (const id of ["2", "3"]) {
      const calls = await Promise.allSettled([publisher.publish([message("a", id)]), publisher.publish([message("b", "1"), message("b", "2")]), publisher.publish([message("c", id)])]);
      expect(calls).toMatchObject([{ status: "fulfilled" }, { reason: held }, { status: "fulfilled" }]);
    }
    expect(stored.toSorted()).toEqual(['a"2"', 'a"3"', 'c"2"', 'c"3"']);
    forbidden.clear();
    await publisher.publish([message("b", "1"), message("b", "2")]);
    expect(stored.slice(-2)).toEqual(['b"1"', 'b"2"']);
    await publisher.close();
  });
});

test("of several topics that were not made each is named, with its reason", () => {
  const errors = [Object.assign(new Error("Topic authorization failed"), { topic: "a" }), Object.assign(new Error("Invalid topic"), { topic: "b" })];
  expect(failure(Object.assign(new Error("Topic creation errors"), { errors })).message).toBe("`a`: Topic authorization failed; `b`: Invalid topic");
});
