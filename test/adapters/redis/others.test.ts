import { expect } from "vitest";
import { read, textOf } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { runTool, testWith } from "../../support/tools.js";
import { connect, madeTopic } from "./harness.js";

describeOn("redis", "Redis Streams with redis-cli", (url) => {
  testWith("redis-cli", "what it adds is read, with its key and headers or as plain fields; what flowctl publishes it reads", async (cli) => {
    const { hostname, port } = new URL(url);
    const at = ["-h", hostname, "-p", port, "--json"];
    await using broker = await connect(url);
    const topic = await madeTopic(broker);
    await runTool(cli, [...at, "XADD", topic, "*", "body", '{"id":"a"}', "key", "k1", "traceparent", "00-theirs"]);
    await runTool(cli, [...at, "XADD", topic, "*", "id", "b", "note", "ü"]);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
    expect((await reader.take(2)).map((one) => [one.key, one.headers, textOf(one)])).toEqual([
      ["k1", { traceparent: "00-theirs" }, '{"id":"a"}'],
      [null, {}, '{"id":"b","note":"ü"}'],
    ]);
    const back = await madeTopic(broker);
    await broker.bus.publish([{ topic: back, key: "k 3", id: "r/emit1/0", headers: { "flowctl-id": "r/emit1/0", traceparent: "00-ours" }, body: '{"id":"ü"}' }]);
    const [entry]: [string, readonly string[]][] = JSON.parse(await runTool(cli, [...at, "XRANGE", back, "-", "+"]));
    expect(entry?.[1]).toEqual(["body", '{"id":"ü"}', "key", "k 3", "flowctl-id", "r/emit1/0", "traceparent", "00-ours"]);
    await reader.subscription.close();
  });
});
