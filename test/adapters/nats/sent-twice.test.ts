import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { consumerName, streamName } from "../../../src/adapters/nats/names.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: a message that the server sends again while a member has it", (url) => {
  test("does not come to its reader again, and is acknowledged once", async () => {
    await using broker = await connectAt(url);
    const server = await connect({ servers: url });
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    await broker.bus.publish([message(topic, "k", 1)]);
    const first = await reader.take(1);
    const [stream, consumer] = [streamName(topic), consumerName("g", topic)];
    const state = async () => (await jetstreamManager(server)).consumers.info(stream, consumer);
    // As where its member was too late to say that it is at it.
    server.publish(`$JS.ACK.${stream}.${consumer}.1.1.1.${Date.now()}000000.0`, "-NAK");
    await expect.poll(async () => (await state()).delivered.consumer_seq).toBe(2);
    await broker.bus.publish([message(topic, "k", 2)]);
    const second = await reader.take(1);
    expect([second.map(numberOf), reader.waiting()]).toEqual([[2], 0]);
    await reader.subscription.ack([...first, ...second]);
    expect((await state()).num_ack_pending).toBe(0);
    await reader.subscription.close();
    await server.close();
  });
});
