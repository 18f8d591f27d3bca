import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: a stream of several topics", (url) => {
  test("one id on two of them is two messages, and one that is published again is one", async () => {
    await using broker = await connectAt(url);
    const base = unused();
    const other = await connect({ servers: url });
    const jsm = await jetstreamManager(other);
    await jsm.streams.add({ name: base.replaceAll(".", "-"), subjects: [`${base}.*`] });
    // As a flow emits it that says `emit: { id }`.
    const both = ["a", "b"].map((one) => ({ topic: `${base}.${one}`, key: null, id: "order-7", headers: { "flowctl-id": "order-7" }, body: `"${one}"` }));
    await broker.bus.publish(both);
    await broker.bus.publish(both);
    const bodies = async (one: string) => (await broker.topics.messages(`${base}.${one}`, { last: 9 })).map(({ body }) => body);
    expect([await bodies("a"), await bodies("b")]).toEqual([['"a"'], ['"b"']]);
    await other.close();
  });
});
