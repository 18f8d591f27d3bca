import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { needOf } from "../../conformance/broker.js";
import { read, textOf } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { runTool, testWith } from "../../support/tools.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS with clients of others", (url) => {
  test("nothing is promised of topics that are not there: they are judged by what would be made", async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    const said = async (...needs: Parameters<typeof broker.promises>[0]): Promise<unknown> => (await broker.promises(needs)).filter(({ what }) => what === "power loss");
    expect(await said()).toMatchObject([{ is: "ok", says: expect.stringContaining("nothing to judge") }]);
    expect(await said(needOf(topic))).toMatchObject([{ is: "weak", alone: true, says: expect.stringContaining(`${topic} is not there yet`) }]);
    await broker.provisioner.apply([needOf(topic)]);
    expect(await said(needOf(topic))).toMatchObject([{ is: "weak", alone: true, says: expect.stringContaining(`2 minutes of ${topic} on one server`) }]);
  });

  test("what they publish, with their headers or with none, is read; what flowctl publishes they read as it is", async () => {
    await using broker = await connectAt(url);
    const other = await connect({ servers: url });
    const topic = unused();
    await broker.provisioner.apply([needOf(topic, "g")]);
    const heard = other.subscribe(topic, { max: 3 });
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));

    const theirs = headers();
    theirs.set("X-Trace", "a%20b");
    theirs.set("__proto__", "no");
    await jetstream(other).publish(topic, '{"id":"a"}', { headers: theirs, msgID: "theirs" });
    other.publish(topic, '{"id":"b"}');
    const [first, second] = await reader.take(2);
    expect([first?.key, first?.headers, textOf(first)]).toEqual([null, { "X-Trace": "a%20b" }, '{"id":"a"}']);
    expect([second?.key, second?.headers, textOf(second)]).toEqual([null, {}, '{"id":"b"}']);

    await broker.bus.publish([{ topic, key: "k%20\n", id: "r/emit1/0", headers: { "flowctl-id": "r/emit1/0" }, body: '{"id":"c"}' }]);
    const [third] = await reader.take(1);
    expect(third?.key).toBe("k%20\n");
    const bodies: string[] = [];
    for await (const msg of heard) {
      bodies.push(msg.string());
      if (bodies.length === 3) expect([msg.headers?.get("flowctl-id"), msg.headers?.get("Nats-Msg-Id")]).toEqual(["r/emit1/0", `${topic} r/emit1/0`]);
    }
    expect(bodies).toEqual(['{"id":"a"}', '{"id":"b"}', '{"id":"c"}']);
    await reader.subscription.close();
    await other.close();
  });

  test("a stream of theirs that takes the subject is used as it is", async () => {
    await using broker = await connectAt(url);
    const other = await connect({ servers: url });
    const topic = unused();
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const jsm = await jetstreamManager(other);
    await jsm.streams.add({ name: topic.replaceAll(".", "-"), subjects: [topic, `${topic}.>`], duplicate_window: 120_000_000_000 });
    const needs = [needOf(topic, "g"), needOf(`${topic}.eu`, "g")];
    expect((await broker.provisioner.apply(needs)).filter(({ of, action }) => of === "topic" && action !== "keep")).toEqual([]);
    await broker.bus.publish([{ topic: `${topic}.eu`, key: null, id: "1", headers: {}, body: "eu" }, { topic, key: null, id: "2", headers: {}, body: "all" }]);
    const at = async (name: string) => (await broker.topics.messages(name, { last: 5 })).map(({ body }) => body);
    expect([await at(topic), await at(`${topic}.eu`)]).toEqual([["all"], ["eu"]]);
    await other.close();
  });

  testWith("nats", "NATS's own command publishes, with headers or with none, and reads what flowctl published", async (nats) => {
    await using broker = await connectAt(url);
    const [topic, back] = [unused(), unused()];
    await broker.provisioner.apply([needOf(topic, "g"), needOf(back, "g")]);
    await runTool(nats, ["-s", url, "pub", topic, '{"id":"a"}', "-H", "flowctl-key:k1"]);
    await runTool(nats, ["-s", url, "pub", "--jetstream", topic, '{"id":"b"}']);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    expect((await reader.take(2)).map((one) => [one.key, one.headers, textOf(one)])).toEqual([["k1", {}, '{"id":"a"}'], [null, {}, '{"id":"b"}']]);
    await reader.subscription.close();
    await broker.bus.publish([{ topic: back, key: "k 3", id: "r/emit1/0", headers: { "flowctl-id": "r/emit1/0" }, body: '{"id":"ü"}' }]);
    expect(await runTool(nats, ["-s", url, "sub", back, "--all", "--count", "1", "--raw"])).toBe('{"id":"ü"}\n');
    expect(await runTool(nats, ["-s", url, "sub", back, "--all", "--count", "1", "--headers-only"])).toContain("flowctl-id: r/emit1/0");
  });

  // The same with the client for Python, which is in a registry: a publication of core NATS, and one of JetStream.
  testWith("nats-py", "a client in another language publishes with headers and reads with headers", async (python) => {
    await using broker = await connectAt(url);
    const [topic, back] = [unused(), unused()];
    await broker.provisioner.apply([needOf(topic, "g"), needOf(back, "g")]);
    await broker.bus.publish([{ topic: back, key: "k 3", id: "r/emit1/0", headers: { "flowctl-id": "r/emit1/0", traceparent: "00-ours" }, body: '{"id":"ü"}' }]);
    const program = `
import asyncio, json, sys, nats
async def main():
    url, topic, back = sys.argv[1:]
    client = await nats.connect(url)
    await client.publish(topic, b'{"id":"a"}', headers={"traceparent": "00-theirs", "flowctl-key": "k1"})
    await client.flush()
    await client.jetstream().publish(topic, b'{"id":"b"}')
    sub = await client.jetstream().subscribe(back, ordered_consumer=True)
    msg = await sub.next_msg(timeout=60)
    print(json.dumps([dict(msg.headers), msg.data.decode()]))
    await client.close()
asyncio.run(main())
`;
    const [theirs, body]: [Record<string, string>, string] = JSON.parse(await runTool(python, [program, url, topic, back]));
    expect([theirs, body]).toEqual([{ "flowctl-id": "r/emit1/0", "flowctl-key": "k 3", "Nats-Msg-Id": `${back} r/emit1/0`, traceparent: "00-ours" }, '{"id":"ü"}']);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    expect((await reader.take(2)).map((one) => [one.key, one.headers, textOf(one)])).toEqual([["k1", { traceparent: "00-theirs" }, '{"id":"a"}'], [null, {}, '{"id":"b"}']]);
    await reader.subscription.close();
  });
});
