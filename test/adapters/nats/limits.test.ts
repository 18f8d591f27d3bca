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
    const publishing = broker.bus.publish([sized("a.t", "2", 60_000)]);
    await server.reload(account(1_000_000));
    await publishing;
    expect(await broker.topics.messages("a.t", { last: 9 })).toHaveLength(2);
  });

  test("a topic that a user may not publish to is named, and published to when he may", { timeout: 60_000 }, async () => {
    const users = (permissions: string): string => `accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions: { ${permissions} } } ] } }\n`;
    const server = await startServer(() => users('publish: { deny: ["a.t"] }'));
    await using broker = await connectAs(server.port, "u");
    await broker.provisioner.apply([needOf("a.t")]);
    expect(await thrown(broker.bus.publish([sized("a.t", "1")]))).toMatchObject({ name: "Error", message: 'messages cannot be published: Permissions Violation for Publish to "a.t"' });
    await server.reload(users('publish: ">"'));
    await broker.bus.publish([sized("a.t", "1")]);
    expect(await broker.topics.messages("a.t", { last: 9 })).toHaveLength(1);
  });
});
