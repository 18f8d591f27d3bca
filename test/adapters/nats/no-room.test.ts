import { DiscardPolicy, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: a stream that has no room for a message now", (url) => {
  test("nothing of its key overtakes it (I22)", async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    const other = await connect({ servers: url });
    const jsm = await jetstreamManager(other);
    const name = topic.replaceAll(".", "-");
    await jsm.streams.add({ name, subjects: [topic], max_bytes: 4000, discard: DiscardPolicy.New });
    const sized = (id: string, size: number) => ({ topic, key: "k", id, headers: {}, body: "x".repeat(size) });
    await broker.bus.publish([sized("0", 2000)]);
    const heard = other.subscribe(topic);
    await other.flush();
    // The first is too large for what is left, the second is not.
    const publishing = broker.bus.publish([sized("1", 2500), sized("2", 100)]);
    let tries = 0;
    for await (const { data } of heard) if (data.length === 2500 && (tries += 1) === 2) break;
    await jsm.streams.update(name, { max_bytes: 100_000 });
    await publishing;
    expect((await broker.topics.messages(topic, { last: 3 })).map(({ body }) => body.length)).toEqual([2000, 2500, 100]);
    await other.close();
  });
});
