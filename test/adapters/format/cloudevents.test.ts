import { describe, expect, test } from "vitest";
import { avroCodec } from "../../../src/adapters/format/avro/codec.js";
import { eventFormat, type EventBinding } from "../../../src/adapters/format/cloudevents.js";
import { bareBodies, jsonBodies, topicFormat } from "../../../src/adapters/format/topic-format.js";
import type { Delivery, Outgoing } from "../../../src/core/ports/bus.js";
import type { TopicFormat } from "../../../src/core/ports/format.js";

const PLAIN: EventBinding = { prefix: "ce-", percent: false };
const KAFKA: EventBinding = { prefix: "ce_", percent: false };
const NATS: EventBinding = { prefix: "ce-", percent: true };

const format = (mode: "binary" | "structured", binding = PLAIN): TopicFormat => eventFormat(jsonBodies, { envelope: { mode, source: "/shop", type: "shop.order" }, binding, contentType: "application/json", clock: { now: () => 1_000 }, newId: () => "made" });
const message = (more: Partial<Outgoing> = {}): Outgoing => ({ topic: "orders", key: "k", id: "run/e/0", headers: { "flowctl-id": "run/e/0" }, body: '{"n":1}', ...more });
const delivery = (headers: Delivery["headers"], body: string | Uint8Array): Delivery => ({ topic: "orders", partition: 0, offset: "1", key: null, headers, timestamp: 5, body, attempt: 1 });
const text = (body: string | Uint8Array): string => Buffer.from(body).toString();
const arrived = ({ headers, body, key }: Outgoing): Delivery => ({ ...delivery(headers, body), key });

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const EVENT = { specversion: "1.0", id: "run/e/0", source: "/shop", type: "shop.order", time: "1970-01-01T00:00:01.000Z", datacontenttype: "application/json", partitionkey: "k" };

describe("events that flows send", () => {
  test("binary: attributes are headers, the body is the data", async () => {
    const sent = await format("binary").encode(message({ headers: { "flowctl-id": "run/e/0", traceparent: TRACE } }));
    expect(sent.headers).toEqual({
      "flowctl-id": "run/e/0", traceparent: TRACE, "content-type": "application/json",
      "ce-specversion": "1.0", "ce-id": "run/e/0", "ce-source": "/shop", "ce-type": "shop.order", "ce-time": "1970-01-01T00:00:01.000Z", "ce-partitionkey": "k", "ce-traceparent": TRACE,
    });
    expect(text(sent.body)).toBe('{"n":1}');
  });
  test("binary on Kafka: as its binding spells them", async () => {
    const { headers } = await format("binary", KAFKA).encode(message());
    expect(headers).toMatchObject({ ce_specversion: "1.0", ce_id: "run/e/0", "content-type": "application/json" });
  });
  test("binary on NATS: what is no ASCII is percent-encoded, and read back", async () => {
    const sent = await format("binary", NATS).encode(message({ key: "grün 100%" }));
    expect(sent.headers["ce-partitionkey"]).toBe("gr%C3%BCn%20100%25");
    expect((await format("binary", NATS).decode(arrived(sent))).event).toMatchObject({ partitionkey: "grün 100%" });
  });
  test("structured: all of it is the body", async () => {
    const sent = await format("structured").encode(message());
    expect(sent.headers).toEqual({ "flowctl-id": "run/e/0", "content-type": "application/cloudevents+json; charset=utf-8" });
    expect(JSON.parse(text(sent.body))).toEqual({ ...EVENT, data: { n: 1 } });
  });
  test("data that is no JSON stands in a structured event as base64", async () => {
    const avro = eventFormat(bareBodies(avroCodec("string")), { envelope: { mode: "structured", source: "/s", type: "t" }, binding: PLAIN, contentType: "application/avro", clock: { now: () => 0 }, newId: () => "made" });
    const sent = await avro.encode(message({ body: '"hi"' }));
    expect(JSON.parse(text(sent.body))).toMatchObject({ datacontenttype: "application/avro", data_base64: Buffer.from([4, 0x68, 0x69]).toString("base64") });
    expect(await avro.decode(arrived(sent))).toMatchObject({ content: { is: "value", value: "hi" }, body: Uint8Array.from([4, 0x68, 0x69]) });
    expect(await avro.decode(delivery({}, JSON.stringify({ ...EVENT, data: "hi" })))).toMatchObject({ content: { is: "problem", problem: "its data stands in it as JSON, and the topic has another format" } });
  });
  test("an event that is sent again keeps what it was; a message without an id gets one", async () => {
    const again = await format("structured").encode(message({ headers: { "flowctl-id": "e7", "ce-id": "e7", "ce-source": "/theirs", "ce-type": "their.type", "ce-specversion": "1.0", "ce-shop": "x" } }));
    expect(JSON.parse(text(again.body))).toMatchObject({ id: "e7", source: "/theirs", type: "their.type", shop: "x", data: { n: 1 } });
    expect((await format("binary").encode(message({ id: "", headers: {} }))).headers["ce-id"]).toBe("made");
  });
});

describe("events that others send", () => {
  const headers = { ce_specversion: "1.0", ce_id: "e1", ce_source: "/theirs", ce_type: "t", ce_partitionkey: "p", ce_traceparent: TRACE, "content-type": "application/json", mine: "x" };

  test.each([
    ["binary, Kafka's spelling", delivery(headers, '{"n":1}')],
    ["binary, HTTP's spelling", delivery({ "Ce-Specversion": "1.0", "Ce-Id": "e1", "Ce-Source": "/theirs", "Ce-Type": "t", "Ce-Partitionkey": "p", "Ce-Traceparent": TRACE, "Content-Type": "application/json", mine: "x" }, '{"n":1}')],
    ["structured, by its content type", delivery({ "content-type": "application/cloudevents+json; charset=utf-8", mine: "x" }, JSON.stringify({ specversion: "1.0", id: "e1", source: "/theirs", type: "t", partitionkey: "p", traceparent: TRACE, datacontenttype: "application/json", data: { n: 1 } }))],
    ["structured, whatever the case of its content type", delivery({ "Content-Type": "Application/CloudEvents+JSON", mine: "x" }, JSON.stringify({ specversion: "1.0", id: "e1", source: "/theirs", type: "t", partitionkey: "p", traceparent: TRACE, datacontenttype: "application/json", data_base64: "eyJuIjoxfQ==" }))],
    ["structured, where there are no headers to say so", delivery({ mine: "x" }, JSON.stringify({ specversion: "1.0", id: "e1", source: "/theirs", type: "t", partitionkey: "p", traceparent: TRACE, datacontenttype: "application/json", data: { n: 1 } }))],
  ])("%s", async (_name, given) => {
    const read = await format("binary").decode(given);
    const event = { specversion: "1.0", id: "e1", source: "/theirs", type: "t", partitionkey: "p", traceparent: TRACE, datacontenttype: "application/json" };
    expect(read).toMatchObject({ content: { is: "value", value: { n: 1 } }, event, key: "p", body: '{"n":1}' });
    expect(read.headers).toEqual({ mine: "x", traceparent: TRACE, ...Object.fromEntries(Object.entries(event).map(([name, value]) => [`ce-${name}`, value])) });
  });
  test.each([
    ["no event", delivery({}, '{"n":1}'), "it has neither headers of a CloudEvent nor is its body one"],
    ["no id", delivery({ "ce-specversion": "1.0", "ce-source": "s", "ce-type": "t" }, "{}"), "it is a CloudEvent without `id`"],
    ["another version", delivery({ "ce-specversion": "0.3", "ce-id": "1", "ce-source": "s", "ce-type": "t" }, "{}"), "it is a CloudEvent of version 0.3, and 1.0 is read"],
    ["a batch", delivery({ "content-type": "application/cloudevents-batch+json" }, "[]"), "it is a batch of CloudEvents, which no broker's binding has"],
    ["data that is no JSON", delivery({ "ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "t" }, "{"), /its data is not JSON/],
    ["base64 that is none", delivery({}, JSON.stringify({ ...EVENT, data_base64: "!" })), "its `data_base64` is no base64"],
    ["base64 that is no text", delivery({}, JSON.stringify({ ...EVENT, data_base64: 5 })), "its `data_base64` is no base64"],
    ["data twice", delivery({}, JSON.stringify({ ...EVENT, data: 1, data_base64: "MQ==" })), "it is a CloudEvent with both `data` and `data_base64`"],
    ["no text", delivery({}, Uint8Array.from([0xff])), "it has neither headers of a CloudEvent nor is its body one"],
  ])("%s is poison, with its bytes", async (_name, given, problem) => {
    const read = await format("binary").decode(given);
    expect(read.content).toMatchObject({ is: "problem" });
    expect(read.content?.is === "problem" && read.content.problem).toMatch(problem);
    expect(Buffer.from(read.body)).toEqual(Buffer.from(given.body));
  });
  test("a record without a value is null in every format, not the bytes of that word", async () => {
    const four = { type: "record", name: "Four", fields: ["a", "b", "c", "d"].map((name) => ({ name, type: "int" })) };
    const nothing = delivery({ ce_specversion: "1.0", ce_id: "1", ce_source: "s", ce_type: "t" }, "null");
    expect(await topicFormat(bareBodies(avroCodec(four))).decode(nothing)).toMatchObject({ content: { is: "value", value: null } });
    expect(await eventFormat(bareBodies(avroCodec(four)), { envelope: { mode: "binary", source: "/s", type: "t" }, binding: KAFKA, contentType: "application/avro", clock: { now: () => 0 }, newId: () => "made" }).decode(nothing)).toMatchObject({ content: { is: "value", value: null } });
  });
  test("an event without data is null", async () => {
    expect(await format("binary").decode(delivery({ "ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "t" }, ""))).toMatchObject({ content: { is: "value", value: null } });
  });
});
