import { expect, onTestFinished, test } from "vitest";
import kafkajs from "kafkajs";
import { groupId } from "../../../src/adapters/kafka/group-id.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

/** The server forgets a topic, and hears of one, in its own time. */
async function until(act: () => Promise<unknown>): Promise<void> {
  await expect.poll(async () => await act().then(() => "done", String), { timeout: 30_000 }).toBe("done");
}

describeOn("kafka", "Kafka: a topic that is deleted while it is served, and made anew", (url) => {
  test("is read from its beginning, also by a group that began with what came then", { timeout: 90_000 }, async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    const of = { topic, group: "g", from: "latest" as const, maxBatch: 10 };
    const publish = (...numbers: readonly number[]): Promise<void> => broker.bus.publish(numbers.map((at) => message(topic, "k", at)));
    const first = read(await broker.bus.subscribe(of));
    await publish(1, 2, 3);
    await first.subscription.ack(await first.take(3));
    const ended = expect(first.ended).rejects.toThrow("does not host this topic");
    const admin = new kafkajs.Kafka({ brokers: [url.replace("kafka://", "")], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await admin.deleteTopics({ topics: [topic] });
    await ended;
    await first.subscription.close();
    await until(() => broker.provisioner.apply([needOf(topic)]));
    await until(() => publish(4, 5));
    const again = read(await broker.bus.subscribe(of));
    expect((await again.take(2)).map(numberOf)).toEqual([4, 5]);
    await again.subscription.close();
  });

  test.each(["CreateTime", "LogAppendTime"])("one whose messages below the group's position are others now is read from its beginning, and only then (%s)", { timeout: 90_000 }, async (times) => {
    await using broker = await connectAt(url);
    const topic = unused();
    const admin = new kafkajs.Kafka({ brokers: [url.replace("kafka://", "")], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    const make = () => admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries: [{ name: "message.timestamp.type", value: times }] }], waitForLeaders: true });
    await make();
    const subscribe = async () => read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    const publish = (...numbers: readonly number[]): Promise<void> => broker.bus.publish(numbers.map((at) => message(topic, "k", at)));
    const first = await subscribe();
    await publish(1, 2, 3);
    await first.subscription.ack(await first.take(3));
    await first.subscription.close();
    await publish(4);
    const second = await subscribe();
    const came = await second.take(1);
    expect(came.map(numberOf)).toEqual([4]);
    await second.subscription.ack(came);
    await second.subscription.close();
    // As a partition that lost its end, and has messages again, beside a group that kept its position.
    await admin.deleteTopics({ topics: [topic] });
    await until(make);
    await until(() => publish(11, 12, 13, 14, 15, 16));
    await until(() => admin.setOffsets({ groupId: groupId("g", topic), topic, partitions: [{ partition: 0, offset: "4" }] }));
    const third = await subscribe();
    expect((await third.take(6)).map(numberOf)).toEqual([11, 12, 13, 14, 15, 16]);
    await third.subscription.close();
  });
});
