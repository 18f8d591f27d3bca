import { expect, onTestFinished, test } from "vitest";
import kafkajs from "kafkajs";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { groupId } from "../../../src/adapters/kafka/group-id.js";
import { createDriver } from "../../../src/adapters/kafka/kafkajs/driver.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, connectionTo, unused } from "./harness.js";

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

  const CASES = [
    { times: "CreateTime", who: "the process that read them", isLater: false, from: "earliest" },
    { times: "LogAppendTime", who: "the process that read them", isLater: false, from: "earliest" },
    { times: "CreateTime", who: "one that starts later", isLater: true, from: "latest" },
    { times: "LogAppendTime", who: "one that starts later", isLater: true, from: "earliest" },
  ] as const;
  test.each(CASES)("one whose messages below the group's position are others now is read from its beginning, and only then ($times, $who)", { timeout: 90_000 }, async ({ times, isLater, from }) => {
    await using broker = await connectAt(url);
    await using later = await connectAt(url);
    await using driver = createDriver(connectionTo(url), systemClock);
    const topic = unused();
    const admin = new kafkajs.Kafka({ brokers: [url.replace("kafka://", "")], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    const make = () => driver.create([{ topic, partitions: 1, replicas: 1, config: { "message.timestamp.type": times } }]);
    await make();
    const subscribe = async ({ bus } = broker) => read(await bus.subscribe({ topic, group: "g", from, maxBatch: 10 }));
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
    const { [0]: stood } = [...(await driver.committed(groupId("g", topic), topic)).values()];
    // As a partition that lost its end, and has messages again, beside a group that kept its position.
    await admin.deleteTopics({ topics: [topic] });
    await until(make);
    await until(() => publish(11, 12, 13, 14, 15, 16));
    await until(() => driver.begin(groupId("g", topic), topic, stood ?? new Map()));
    const third = await subscribe(isLater ? later : broker);
    expect((await third.take(6)).map(numberOf)).toEqual([11, 12, 13, 14, 15, 16]);
    await third.subscription.close();
  });
});
