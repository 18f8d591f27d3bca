import { expect, test } from "vitest";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { PublishRefused } from "../../../src/core/ports/bus.js";
import { needOf } from "../../conformance/broker.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, connectionTo, unused } from "./harness.js";

describeOn("kafka", "Kafka: a topic that cannot be", (url) => {
  test.each([["a name that it does not take", "a:b"], ["no name", ""], ["one of its own", "__consumer_offsets"]])("%s: what is for it is refused, and the rest is published", async (_, odd) => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    const messages = [topic, odd, topic].map((to, at) => ({ topic: to, key: "k", id: String(at), headers: {}, body: String(at) }));
    const error = await broker.bus.publish(messages).then(() => "published", (thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "PublishRefused", refused: [{ id: "1", reason: expect.stringContaining("takes no messages under the name") }] });
    // Of a request to several partitions some have stored theirs, and store it again.
    expect([...new Set((await broker.topics.messages(topic, { last: 9 })).map(({ body }) => body))]).toEqual(["0", "2"]);
  });
  test("is named by who plans it", async () => {
    await using broker = await connectAt(url);
    await expect(broker.provisioner.plan([needOf("a:b")])).rejects.toThrow("`a:b` is no name of a topic at Kafka: it has letters, digits, `.`, `_` and `-`, 249 at most");
  });
});

describeOn("kafka", "Kafka: a topic that is compacted", (url) => {
  test("takes no message without a key: that one is refused, and what goes with it is stored", async () => {
    await using broker = await connectAt(url);
    await using driver = createDriver(connectionTo(url), systemClock);
    const [topic, other] = [unused(), unused()];
    await driver.create([{ topic, partitions: 1, replicas: 1, config: { "cleanup.policy": "compact" } }, { topic: other, partitions: 1, replicas: 1, config: {} }]);
    const messages = [{ topic: other, key: null, id: "a" }, { topic, key: null, id: "b" }, { topic, key: "k", id: "c" }].map((one) => ({ ...one, headers: {}, body: `"${one.id}"` }));
    const error = await broker.bus.publish(messages).then(() => "published", (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PublishRefused);
    expect(error).toMatchObject({ refused: [{ id: "b", reason: expect.stringContaining("takes none without a key") }] });
    // Of a request to several partitions some have stored theirs, and store it again.
    expect(await Promise.all([other, topic].map(async (one) => [...new Set((await broker.topics.messages(one, { last: 9 })).map(({ body }) => body))]))).toEqual([['"a"'], ['"c"']]);
  });
});
