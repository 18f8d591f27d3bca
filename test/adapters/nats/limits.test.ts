import { readFileSync } from "node:fs";
import { DiscardPolicy, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { connectNats } from "../../../src/adapters/nats/broker.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import type { Broker } from "../../../src/core/ports/broker.js";
import { needOf } from "../../conformance/broker.js";
import { describeOn } from "../../support/servers.js";
import { startServer } from "./own-server.js";

const connectAs = (port: number, username: string): Promise<Broker> =>
  connectNats({ urls: [`nats://127.0.0.1:${port}`], tls: null, mechanism: "plain", username, password: "p", topics: { replicas: 1, retention: 86_400_000, partitions: 1 } }, { clock: systemClock, random: systemRandom });
const sized = (topic: string, id: string, size = 1) => ({ topic, key: null, id, headers: {}, body: "x".repeat(size) });
const thrown = (of: Promise<unknown>): Promise<unknown> => of.then(() => "published", (error: unknown) => error);

describeOn("nats", "NATS: what a server does not let an account or a user do", () => {
  test("a message that an account has no room for now is no dead letter: it is published when there is room", { timeout: 60_000 }, async () => {
    const account = (most: number): string => `accounts { A { jetstream { max_file: ${most} }, users: [ { user: u, password: p } ] } }\n`;
    const server = await startServer(() => account(100_000));
    await using broker = await connectAs(server.port, "u");
    await broker.provisioner.apply([needOf("a.t")]);
    await broker.bus.publish([sized("a.t", "1", 60_000)]);
    expect(await thrown(broker.bus.publish([sized("a.t", "2", 60_000)]))).toMatchObject({ name: "Error", message: "messages cannot be published: resource limits exceeded for account" });
    await server.reload(account(1_000_000));
    // While it reads its settings an account has no streams.
    while ((await thrown(broker.bus.publish([sized("a.t", "2", 60_000)]))) !== "published");
    expect(await broker.topics.messages("a.t", { last: 9 })).toHaveLength(2);
  });

  test("a topic that a user may not publish to is named, and published to when he may", { timeout: 60_000 }, async () => {
    const users = (permissions: string): string => `accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions: { ${permissions} } } ] } }\n`;
    const server = await startServer(() => users('publish: { deny: ["a.t"] }'));
    await using broker = await connectAs(server.port, "u");
    await broker.provisioner.apply([needOf("a.t")]);
    await broker.provisioner.apply([needOf("b.t")]);
    const held = { name: "TopicsHeld", topics: new Map([["a.t", "this user may not publish there"]]) };
    expect(await thrown(broker.bus.publish([sized("a.t", "1"), sized("b.t", "1"), sized("a.t", "2")]))).toMatchObject(held);
    // Others go on beside it.
    const again = thrown(broker.bus.publish([sized("a.t", "1"), sized("a.t", "2")]));
    await broker.bus.publish([sized("b.t", "2")]);
    expect(await again).toMatchObject(held);
    await server.reload(users('publish: ">"'));
    await broker.bus.publish([sized("a.t", "1", 1), sized("a.t", "2", 2)]);
    expect((await broker.topics.messages("a.t", { last: 9 })).map(({ body }) => body)).toEqual(["x", "xx"]);
    expect(await broker.topics.messages("b.t", { last: 9 })).toHaveLength(2);
  });

  test("who may do what docs/brokers.md says, and nothing else, makes topics, publishes, reads in order and not, and looks", { timeout: 60_000 }, async () => {
    const doc = /\*\*Rights\.\*\* A user whose permissions are limited (.*)$/m.exec(readFileSync("docs/brokers.md", "utf8"))?.[1] ?? "";
    const subjects = [...doc.matchAll(/`([^`]+)`/g)].map(([, subject = ""]) => subject);
    const [inbox = "", ...published] = subjects.toReversed();
    const permissions = `publish: ${JSON.stringify([...published, "a.t"])}, subscribe: ${JSON.stringify(inbox)}`;
    const server = await startServer(() => `accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions: { ${permissions} } } ] } }\n`);
    await using broker = await connectAs(server.port, "u");
    const groups = [false, true].map((ordered) => ({ group: ordered ? "o" : "s", from: "earliest" as const, ordered }));
    await broker.provisioner.apply([{ ...needOf("a.t"), groups }]);
    await broker.bus.publish([sized("a.t", "1"), sized("a.t", "2")]);
    for (const { group, ordered } of groups) {
      await using reader = await broker.bus.subscribe({ topic: "a.t", group, from: "earliest", maxBatch: 1, ordered });
      const batches = reader.batches[Symbol.asyncIterator]();
      await reader.ack((await batches.next()).value ?? []);
      await reader.giveBack((await batches.next()).value ?? [], 0);
      await reader.ack((await batches.next()).value ?? []);
      expect(await reader.lag()).toBe(0);
    }
    expect(await broker.topics.messages("a.t", { last: 9 })).toHaveLength(2);
    expect(await broker.topics.topics()).toMatchObject([{ topic: "a.t", messages: 2 }]);
  });

  test("who may ask nothing hears it at once, and not that nobody leads", { timeout: 60_000 }, async () => {
    const server = await startServer(() => 'accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions: { publish: { deny: ["$JS.API.>"] } } } ] } }\n');
    await using broker = await connectAs(server.port, "u");
    const began = performance.now();
    const refused = { code: "FC6043", message: expect.stringContaining("does not let this user do what flowctl needs") };
    await expect(broker.promises([needOf("a.t")])).rejects.toMatchObject(refused);
    await expect(broker.provisioner.plan([needOf("a.t")])).rejects.toMatchObject(refused);
    await expect(broker.topics.topics()).rejects.toThrow("Permissions Violation");
    // Each waited for ten seconds or thirty.
    expect(performance.now() - began).toBeLessThan(9000);
  });

  test("who may make no consumer reads by the one that stands, and is told what is left", { timeout: 60_000 }, async () => {
    const users = (permissions: string): string => `accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions: { ${permissions} } } ] } }\n`;
    const server = await startServer(() => users('publish: ">"'));
    await using broker = await connectAs(server.port, "u");
    await broker.provisioner.apply([needOf("a.t", "g")]);
    await broker.bus.publish([sized("a.t", "1"), sized("a.t", "2")]);
    await server.reload(users('publish: { deny: ["$JS.API.CONSUMER.CREATE.>"] }'));
    await using reader = await broker.bus.subscribe({ topic: "a.t", group: "g", from: "earliest", maxBatch: 9 });
    expect(await reader.lag()).toBe(2);
    const { value = [] } = await reader.batches[Symbol.asyncIterator]().next();
    await reader.ack(value);
    expect(await reader.lag()).toBe(2 - value.length);
  });

  test("a stream that is full and discards what is new holds up its own topics alone", { timeout: 60_000 }, async () => {
    const server = await startServer(() => "accounts { A { jetstream: enabled, users: [ { user: u, password: p } ] } }\n");
    await using broker = await connectAs(server.port, "u");
    await broker.provisioner.apply([needOf("b.t")]);
    const other = await connect({ servers: `127.0.0.1:${server.port}`, user: "u", pass: "p" });
    const jsm = await jetstreamManager(other);
    await jsm.streams.add({ name: "full", subjects: ["a.t"], max_msgs: 1, discard: DiscardPolicy.New });
    await broker.bus.publish([sized("a.t", "1")]);
    const call = broker.bus.publish([sized("a.t", "2"), sized("b.t", "1")]);
    let over = false;
    const ended = thrown(call).finally(() => (over = true));
    // There is always something else to publish.
    for (let at = 2; !over; at += 1) await broker.bus.publish([sized("b.t", String(at))]);
    expect(await ended).toMatchObject({ name: "TopicsHeld", topics: new Map([["a.t", "maximum messages exceeded"]]) });
    await jsm.streams.update("full", { max_msgs: 9 });
    await broker.bus.publish([sized("a.t", "2")]);
    await other.close();
  });

  test("who may not hear answers for a while publishes and reads again when he may", { timeout: 120_000 }, async () => {
    const users = (permissions: string): string => `accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions: { ${permissions} } } ] } }\n`;
    const server = await startServer(() => users('subscribe: ">"'));
    await using broker = await connectAs(server.port, "u");
    await broker.provisioner.apply([needOf("a.t", "g")]);
    const reader = await broker.bus.subscribe({ topic: "a.t", group: "g", from: "earliest", maxBatch: 9 });
    const batches = reader.batches[Symbol.asyncIterator]();
    await broker.bus.publish([sized("a.t", "1")]);
    await reader.ack((await batches.next()).value ?? []);
    const reading = thrown(batches.next());
    await server.reload(users('subscribe: { deny: ["_INBOX.>"] }'));
    // Whoever reads hears of it, to subscribe anew.
    expect(await reading).toMatchObject({ message: expect.stringContaining("Permissions Violation for Subscription") });
    expect(await thrown(broker.bus.publish([sized("a.t", "2")]))).not.toBe("published");
    await server.reload(users('subscribe: ">"'));
    while ((await thrown(broker.bus.publish([sized("a.t", "2")]))) !== "published");
    await reader.close().catch(() => undefined);
    await using again = await broker.bus.subscribe({ topic: "a.t", group: "g", from: "earliest", maxBatch: 9 });
    expect((await again.batches[Symbol.asyncIterator]().next()).value).toHaveLength(1);
  });
});
