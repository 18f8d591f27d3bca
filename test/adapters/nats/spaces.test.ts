import { expect, test } from "vitest";
import { contentOf, headersOf } from "../../../src/adapters/nats/message.js";
import { needOf } from "../../conformance/broker.js";
import { read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

const ENDS = ["\u00a0", "\u1680", ...Array.from({ length: 11 }, (_, at) => String.fromCharCode(0x2000 + at)), "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff"];

describeOn("nats", "NATS: spaces around keys and ids", (url) => {
  test("they come as they were published, each apart from the same text without them", async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic, "g")]);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 100 }));
    const keys = ["", " ", "k", " k ", "\n\u3000k\u00a0\n", "a%20b", "%41", "%C2%A0", "😀", "k".repeat(300), ...ENDS.flatMap((end) => [`${end}k`, `k${end}`, `${end} a${end}b ${end}`])];
    await broker.bus.publish(keys.map((key) => ({ topic, key, id: `${key}|`, headers: { "flowctl-id": key }, body: "1" })));
    const came = await reader.take(keys.length);
    await reader.subscription.close();
    expect(came.map(({ key, headers }) => [key, headers["flowctl-id"]])).toEqual(keys.map((key) => [key, key]));
  });

  test("two ids that differ in such a space are two messages", async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    await broker.bus.publish(["1", "1\u00a0"].map((id) => ({ topic, key: null, id, headers: {}, body: JSON.stringify(id) })));
    expect((await broker.topics.messages(topic, { last: 5 })).map(({ body }) => JSON.parse(body))).toEqual(["1", "1\u00a0"]);
  });
});

test("signs of one byte are written as they are stored already, and other text stays readable", () => {
  const keyOf = (key: string): string => headersOf({ topic: "t", key, id: "", headers: {}, body: "" }).get("flowctl-key");
  expect([" a b ", "a\n\u0085", "%41", "\u00a0ü\u3000x\u3000"].map(keyOf)).toEqual(["%20a b%20", "a%0A%85", "%2541", "%C2%A0ü\u3000x%E3%80%80"]);
  const hdrs = headersOf({ topic: "t", key: null, id: "", headers: {}, body: "" });
  hdrs.set("flowctl-key", "%C3%BC %E9");
  expect(contentOf("t", hdrs).key).toBe("%C3%BC %E9");
});
