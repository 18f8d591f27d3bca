import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { streamName } from "../../../src/adapters/nats/names.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";
import { startServer } from "./own-server.js";

// The server syncs its files every two minutes: a machine that loses power may keep the record of a group and not the messages.
describeOn("nats", "NATS: a stream that lost its end with the server's power", () => {
  test.each([{ stays: true }, { stays: false }])("is read on where its messages are others, the reader stays: $stays", { timeout: 60_000 }, async ({ stays }) => {
    const server = await startServer(() => "");
    const url = `nats://127.0.0.1:${server.port}`;
    const topic = unused();
    const need = { ...needOf(topic), groups: [{ group: "g", from: "earliest" as const, ordered: true }] };
    const subscribe = async (broker: Awaited<ReturnType<typeof connectAt>>) => read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered: true }));
    const messages = join(server.folder, "data", "jetstream", "$G", "streams", streamName(topic), "msgs");
    const kept = join(server.folder, "kept");
    await using broker = await connectAt(url);
    await broker.provisioner.apply([need]);
    await broker.bus.publish([1, 2].map((at) => message(topic, "k", at)));
    await server.restart(() => cpSync(messages, kept, { recursive: true }));
    const reader = await subscribe(broker);
    await expect.poll(() => broker.bus.publish([3, 4, 5].map((at) => message(topic, "k", at))).then(() => true, () => false), { timeout: 20_000 }).toBe(true);
    await reader.subscription.ack(await reader.take(5));
    if (!stays) await reader.subscription.close();
    await server.restart(() => {
      rmSync(messages, { recursive: true });
      cpSync(kept, messages, { recursive: true });
    });
    // By somebody who is back before the reader: under numbers that it has read.
    await using other = await connectAt(url);
    await other.bus.publish([6, 7].map((at) => message(topic, "k", at)));
    const after = stays ? reader : await subscribe(other);
    expect((await after.take(2)).map(numberOf)).toEqual([6, 7]);
    await after.subscription.close();
  });
});
