import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { streamName } from "../../../src/adapters/nats/names.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: a stream that keeps less than a group is behind", (url) => {
  async function behind(ordered: boolean) {
    const broker = await connectAt(url);
    onTestFinished(() => broker[Symbol.asyncDispose]());
    const other = await connect({ servers: url });
    onTestFinished(() => other.close());
    const { streams } = await jetstreamManager(other);
    const topic = unused();
    await broker.provisioner.apply([{ ...needOf(topic), groups: [{ group: "g", from: "earliest", ordered }] }]);
    const said: string[] = [];
    const subscribe = async (maxBatch: number) => read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch, ordered, notice: (text) => said.push(text) }));
    const publish = (...numbers: readonly number[]): Promise<void> => broker.bus.publish(numbers.map((at) => message(topic, "k", at)));
    const keep = async (most: number) => streams.update(streamName(topic), { ...(await streams.info(streamName(topic))).config, max_msgs: most });
    const says = (count: number): string => `up to ${count} messages of \`${topic}\` went before the group \`g\` had read them: the stream keeps less than the group was behind`;
    return { topic, said, subscribe, publish, keep, says, streams };
  }

  test.each([{ ordered: false }, { ordered: true }])("is told while nobody reads, ordered: $ordered", async ({ ordered }) => {
    const { said, subscribe, publish, keep, says } = await behind(ordered);
    const before = await subscribe(10);
    await publish(1, 2);
    await before.subscription.ack(await before.take(2));
    await before.subscription.close();
    await before.ended;
    await publish(3, 4, 5, 6);
    await keep(1);
    const after = await subscribe(10);
    expect((await after.take(1)).map(numberOf)).toEqual([6]);
    await expect.poll(() => said).toEqual([says(3)]);
    await after.subscription.close();
  });

  test.each([{ ordered: false }, { ordered: true }])("is told while the group is held up, and not where somebody deletes a message, ordered: $ordered", async ({ ordered }) => {
    const { topic, said, subscribe, publish, keep, says, streams } = await behind(ordered);
    const reader = await subscribe(2);
    await publish(1, 2);
    await reader.subscription.ack(await reader.take(2));
    reader.subscription.pause();
    await publish(...Array.from({ length: 20 }, (_, at) => at + 3));
    await streams.deleteMessage(streamName(topic), 21);
    expect(said).toEqual([]);
    await keep(2);
    reader.subscription.resume();
    const rest = [];
    while (rest.at(-1) !== 22) rest.push(...(await reader.take(1)).map(numberOf));
    expect(rest.slice(-2)).toEqual([20, 22]);
    // What was on its way is read.
    const gone = 20 - 3 - (rest.length - 2);
    await expect.poll(() => said).toEqual([says(gone)]);
    await reader.subscription.close();
  });
});
