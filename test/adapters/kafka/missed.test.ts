import { expect, onTestFinished, test } from "vitest";
import kafkajs, { type Admin } from "kafkajs";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("kafka", "Kafka: messages that retention removes before they are read", (url) => {
  async function admin(): Promise<Admin> {
    const made = new kafkajs.Kafka({ brokers: [url.replace("kafka://", "")], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await made.connect();
    onTestFinished(() => made.disconnect());
    return made;
  }
  /** As retention does, of the partition that has something. */
  async function cut(topic: string, offset: number): Promise<number> {
    const there = await admin();
    const partition = (await there.fetchTopicOffsets(topic)).find(({ high }) => high !== "0")?.partition ?? -1;
    await there.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    return partition;
  }

  test("are told of, how many and of which partition, when a group comes back and while it reads", { timeout: 60_000 }, async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    const told: string[] = [];
    const subscribe = async () => read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, notice: (text) => told.push(text) }));
    const publish = (...numbers: readonly number[]): Promise<void> => broker.bus.publish(numbers.map((at) => message(topic, "k", at)));
    const first = await subscribe();
    await publish(0);
    await first.subscription.ack(await first.take(1));
    await first.subscription.close();
    expect(told).toEqual([]);

    await publish(1, 2, 3);
    const partition = await cut(topic, 3);
    const again = await subscribe();
    expect((await again.take(1)).map(numberOf)).toEqual([3]);
    const says = (count: number): string => `up to ${count} messages of \`${topic}\` (partition ${partition}) went before the group \`g\` had read them: the topic's retention is shorter than the group was behind`;
    expect(told).toEqual([says(2)]);

    // It holds one back, and so what is behind it at the broker.
    again.subscription.pause();
    await publish(4);
    await expect.poll(() => again.subscription.lag()).toBe(2);
    await publish(5, 6, 7, 8);
    await cut(topic, 8);
    again.subscription.resume();
    const came: number[] = [];
    while (came.at(-1) !== 8) came.push(...(await again.take(1)).map(numberOf));
    await expect.poll(() => told).toHaveLength(2);
    expect(told[1]).toBe(says(8 - (came.at(-2) ?? 3) - 1));
    await again.subscription.close();
  });
});
