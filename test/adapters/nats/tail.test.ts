import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { watchLink } from "../../../src/adapters/nats/link.js";
import { createTopicReader } from "../../../src/adapters/nats/topic-reader.js";
import { message } from "../../conformance/bus-reader.js";
import { needOf } from "../../conformance/broker.js";
import { openProxy } from "../../support/proxy.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";
import { startServer } from "./own-server.js";

describeOn("nats", "NATS: messages that are looked at", (url) => {
  test("are not none where the server does not give them: what is read of goes with the one that leads it", async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    await broker.bus.publish([message(topic, "k", 1)]);
    const nc = await connect({ servers: url });
    onTestFinished(() => nc.close());
    const jsm = await jetstreamManager(nc);
    const add = jsm.consumers.add.bind(jsm.consumers);
    const adding = vi.spyOn(jsm.consumers, "add").mockImplementation(async (stream, config) => {
      const made = await add(stream, config);
      await jsm.consumers.delete(stream, made.name);
      return made;
    });
    const reader = createTopicReader(nc, jsm, watchLink(nc), systemClock);
    await expect(reader.messages(topic, { after: 0, limit: 5 })).rejects.toThrow(`the messages of \`${topic}\` are not given now`);
    adding.mockRestore();
    expect(await reader.messages(topic, { after: 0, limit: 5 })).toHaveLength(1);
  });

  test("where the connection is lost in the middle of them, nobody sends the rest: it is said, and not waited for for ever", { timeout: 60_000 }, async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply([needOf(topic)]);
    await broker.bus.publish(Array.from({ length: 50 }, (_, at) => message(topic, "k", at)));
    const { hostname, port } = new URL(url);
    await using way = await openProxy({ host: hostname, port: Number(port) });
    const nc = await connect({ servers: `127.0.0.1:${way.port}`, reconnectTimeWait: 50 });
    onTestFinished(() => nc.close());
    const jsm = await jetstreamManager(nc);
    const add = jsm.consumers.add.bind(jsm.consumers);
    const adding = vi.spyOn(jsm.consumers, "add").mockImplementation(async (stream, config) => {
      const made = await add(stream, config);
      const held = way.hold();
      void held.part().then(way.cut).then(way.restore);
      return made;
    });
    const reader = createTopicReader(nc, jsm, watchLink(nc), systemClock);
    await expect(reader.messages(topic, { after: 0, limit: 50 })).rejects.toThrow(`the messages of \`${topic}\` are not given now: the connection was lost`);
    adding.mockRestore();
    expect(await reader.messages(topic, { after: 0, limit: 50 })).toHaveLength(50);
  });

  test("a server that does not answer is waited for for a while, and not for ever", { timeout: 60_000 }, async () => {
    const { port } = await startServer(() => 'accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions: { publish: { deny: ["$JS.API.CONSUMER.MSG.NEXT.>"] } } } ] } }\n');
    const nc = await connect({ servers: `127.0.0.1:${port}`, user: "u", pass: "p" });
    onTestFinished(() => nc.close());
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "s", subjects: ["a.t"] });
    await expect(createTopicReader(nc, jsm, watchLink(nc), systemClock).messages("a.t", { after: 0, limit: 5 })).rejects.toThrow();
  });
});
