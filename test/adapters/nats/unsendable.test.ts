import { expect, test } from "vitest";
import { needOf } from "../../conformance/broker.js";
import { message } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: a message that the client does not send", (url) => {
  test.for([
    ["whose header has no name that NATS takes", { headers: { "a b": "1" } }],
    // By 64 KB what is published at once may be larger than the server's largest message: the key is escaped, and grows.
    ["that is too large by what its key grows to", { key: "%41".repeat(400), body: "x".repeat(1_048_576 - 1500) }],
  ] as const)("one %s is refused, and others go on", async ([, bad]) => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic, "g")]);
    await expect(broker.bus.publish([{ ...message(topic, "k", 0), ...bad }])).rejects.toMatchObject({ name: "PublishRefused" });
    await broker.bus.publish([message(topic, "k", 1)]);
    expect((await broker.topics.messages(topic, { last: 9 })).map(({ body }) => body)).toEqual(['{"at":1}']);
  });
});
