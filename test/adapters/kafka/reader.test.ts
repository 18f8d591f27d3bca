import { expect, test } from "vitest";
import { message } from "../../conformance/bus-reader.js";
import { needOf } from "../../conformance/broker.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

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
});
