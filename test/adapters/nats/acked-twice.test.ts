import { expect, test } from "vitest";
import { needOf } from "../../conformance/broker.js";
import { message, read } from "../../conformance/bus-reader.js";
import { openProxy } from "../../support/proxy.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: an acknowledgement that failed", (url) => {
  test("and is repeated resolves when it is stored, and not before", async () => {
    const { hostname, port } = new URL(url);
    await using network = await openProxy({ host: hostname, port: Number(port) });
    await using writer = await connectAt(url);
    const topic = unused();
    await writer.provisioner.apply([{ ...needOf(topic), groups: [{ group: "g", from: "earliest", ordered: true }] }]);
    const broker = await connectAt(`nats://127.0.0.1:${network.port}`);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered: true }));
    await writer.bus.publish([message(topic, "k", 1)]);
    const got = await reader.take(1);
    await network.cut();
    await expect(reader.subscription.ack(got)).rejects.toThrow();
    const again = reader.subscription.ack(got).then(() => "stored", () => "not stored");
    const lag = again.then(async () => (await writer.topics.topics()).find((one) => one.topic === topic)?.groups[0]?.lag);
    await network.restore();
    expect([["stored", 0], ["not stored", 1]]).toContainEqual([await again, await lag]);
    await reader.subscription.close();
    await broker[Symbol.asyncDispose]();
  }, 30_000);
});
