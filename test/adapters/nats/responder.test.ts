import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: a service that answers whatever comes on the subject of a topic", (url) => {
  test.each(["OK", '{"ok":true}', "null"])("is not its stream: what it said %j of is not stored", async (said) => {
    await using broker = await connectAt(url);
    const topic = unused();
    const other = await connect({ servers: url });
    const jsm = await jetstreamManager(other);
    const stream = topic.replaceAll(".", "-");
    await jsm.streams.add({ name: stream, subjects: [topic] });
    const publish = (id: string): Promise<void> => broker.bus.publish([{ topic, key: null, id, headers: {}, body: `"${id}"` }]);
    await publish("before");
    other.subscribe(topic, { callback: (_, msg) => void msg.respond(said) });
    await jsm.streams.delete(stream);
    await expect(publish("after")).rejects.toThrow(`what answers for \`${topic}\` is no stream`);
    // By then it is known that there is none.
    await expect(publish("later")).rejects.toThrow(`no stream takes \`${topic}\``);
    await other.close();
  });
});
