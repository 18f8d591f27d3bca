import { expect, test } from "vitest";
import type { Broker } from "../../../src/core/ports/broker.js";
import { needOf } from "../../conformance/broker.js";
import { read, textOf } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { runTool, testWith } from "../../support/tools.js";
import { connectAt, unused } from "./harness.js";

describeOn("kafka", "Kafka with clients of others", (url) => {
  const server = new URL(url).host;
  async function made(broker: Broker): Promise<string> {
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    return topic;
  }
  /** What the group gets of the topic, up to `count`. */
  async function got(broker: Broker, topic: string, count: number): Promise<readonly unknown[]> {
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    const all = await reader.take(count);
    await reader.subscription.close();
    return all.map((one) => [one.key, one.headers, textOf(one)]);
  }
  const ours = (topic: string) => [{ topic, key: "k 3", id: "r/emit1/0", headers: { "flowctl-id": "r/emit1/0", traceparent: "00-ours" }, body: '{"id":"ü"}' }];

  testWith("kcat", "kcat: what it publishes with a key and headers is read, in each compression; what flowctl publishes it reads", async (kcat) => {
    await using broker = await connectAt(url);
    const topic = await made(broker);
    await runTool(kcat, ["-b", server, "-P", "-t", topic, "-K", "\t", "-H", "traceparent=00-theirs", "-H", "empty="], 'k1\t{"id":"a"}\n');
    for (const codec of ["gzip", "snappy", "lz4", "zstd"]) await runTool(kcat, ["-b", server, "-P", "-t", topic, "-K", "\t", "-z", codec], `k1\t{"id":"${codec}-${"x".repeat(3000)}"}\n`);
    expect(await got(broker, topic, 5)).toEqual([["k1", { traceparent: "00-theirs", empty: "" }, '{"id":"a"}'], ...["gzip", "snappy", "lz4", "zstd"].map((codec) => ["k1", {}, `{"id":"${codec}-${"x".repeat(3000)}"}`])]);
    const back = await made(broker);
    await broker.bus.publish(ours(back));
    expect(await runTool(kcat, ["-b", server, "-C", "-t", back, "-e", "-q", "-f", "%k|%h|%s\n"])).toBe('k 3|flowctl-id=r/emit1/0,traceparent=00-ours|{"id":"ü"}\n');
  });

  test("the id of a schema in a header is bytes: a message that is sent again has it as it was read", async () => {
    await using broker = await connectAt(url);
    const topic = await made(broker);
    const headers = { __value_schema_id: "01c81e728d9d4c2f636f067f89cc14862c00" };
    await broker.bus.publish([{ topic, key: "k", id: "1", headers, body: "{}" }]);
    expect(await got(broker, topic, 1)).toEqual([["k", headers, "{}"]]);
  });

  testWith("kafka-console", "Kafka's console tools: the same, with the snappy of Java", async (tools) => {
    await using broker = await connectAt(url);
    const [topic, back] = [await made(broker), await made(broker)];
    await broker.bus.publish(ours(back));
    const [, printed] = await Promise.all([
      runTool(tools, ["org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", server, "--topic", topic, "--compression-codec", "snappy", "--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"], 'traceparent:00-theirs\tk1\t{"id":"a"}\n'),
      runTool(tools, ["org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", server, "--topic", back, "--from-beginning", "--max-messages", "1", "--formatter-property", "print.key=true", "--formatter-property", "print.headers=true"]),
    ]);
    expect(await got(broker, topic, 1)).toEqual([["k1", { traceparent: "00-theirs" }, '{"id":"a"}']]);
    expect(printed.trim().split("\n")).toContain('flowctl-id:r/emit1/0,traceparent:00-ours\tk 3\t{"id":"ü"}');
  });
});
