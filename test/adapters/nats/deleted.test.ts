import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.js";
import { connectNats } from "../../../src/adapters/nats/broker.js";
import { LEASES, leaseSubject } from "../../../src/adapters/nats/lease-records.js";
import { consumerName, groupName, streamName } from "../../../src/adapters/nats/names.js";
import { systemRandom } from "../../../src/adapters/random/system.js";
import type { Broker } from "../../../src/core/ports/broker.js";
import type { Clock } from "../../../src/core/ports/clock.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";
import { startServer } from "./own-server.js";

const needs = (topic: string, ordered: boolean) => [{ ...needOf(topic), groups: [{ group: "g", from: "latest" as const, ordered }] }];
const published = ({ bus }: Broker, topic: string, ...numbers: readonly number[]): Promise<void> => bus.publish(numbers.map((at) => message(topic, "k", at)));
const groupOf = (topic: string, ordered = false) => ({ topic, group: "g", from: "latest" as const, maxBatch: 10, ordered });

async function adminAt(url: string): Promise<JetStreamManager> {
  const other = await connect({ servers: url });
  onTestFinished(() => other.close());
  return await jetstreamManager(other);
}

describeOn("nats", "NATS: what is deleted while it is served", (url) => {
  test.each(["consumer", "stream"])("a group whose %s goes reads on where it stood, and not from now", async (what) => {
    await using broker = await connectAt(url);
    const topic = unused();
    await broker.provisioner.apply(needs(topic, false));
    const first = read(await broker.bus.subscribe(groupOf(topic)));
    await published(broker, topic, 1, 2);
    const [one, two] = await first.take(2);
    const ended = expect(first.ended).rejects.toThrow("Consumer Deleted");
    const admin = await adminAt(url);
    if (what === "consumer") await admin.consumers.delete(streamName(topic), consumerName("g", topic));
    else {
      const { config } = await admin.streams.info(streamName(topic));
      await admin.streams.delete(streamName(topic));
      await admin.streams.add(config);
    }
    await ended;
    // Who waits for it would hear nothing of the end.
    await first.subscription.ack([one, two].flatMap((delivery) => delivery ?? []));
    await published(broker, topic, 3, 4);
    await first.subscription.close();
    const again = read(await broker.bus.subscribe(groupOf(topic)));
    const expected = what === "consumer" ? [1, 2, 3, 4] : [3, 4];
    expect((await again.take(expected.length)).map(numberOf)).toEqual(expected);
    await again.subscription.close();
  });

  test("an ordered group whose bucket is made anew goes on where it stood, whatever `topics apply` writes there", async () => {
    // Others' leases lie in the bucket of the server that the tests share.
    const { port } = await startServer(() => "");
    await using broker = await connectAt(`nats://127.0.0.1:${port}`);
    const topic = unused();
    await broker.provisioner.apply(needs(topic, true));
    const reader = read(await broker.bus.subscribe(groupOf(topic, true)));
    await published(broker, topic, 1, 2, 3);
    await reader.subscription.ack((await reader.take(3)).slice(0, 1));
    await (await adminAt(`nats://127.0.0.1:${port}`)).streams.delete(LEASES);
    await broker.provisioner.apply(needs(topic, true));
    expect((await reader.take(2)).map(numberOf)).toEqual([2, 3]);
    await published(broker, topic, 4);
    expect((await reader.take(1)).map(numberOf)).toEqual([4]);
    await reader.subscription.close();
  });

  test.each(["deleted, as by `nats kv del`", "purged"])("an ordered group whose position is %s goes on where it stood; one that nobody serves begins as its trigger says", async (how) => {
    const { port } = await startServer(() => "");
    const url = `nats://127.0.0.1:${port}`;
    const topic = unused();
    const admin = await adminAt(url);
    const other = await connect({ servers: url });
    onTestFinished(() => other.close());
    const remove = async (): Promise<void> => {
      if (how === "purged") return void (await admin.streams.purge(LEASES, { filter: leaseSubject("g", topic) }));
      const mark = headers();
      mark.set("KV-Operation", "DEL");
      await other.request(leaseSubject("g", topic), "", { headers: mark, timeout: 5000 });
    };
    {
      await using broker = await connectAt(url);
      await broker.provisioner.apply(needs(topic, true));
      const reader = read(await broker.bus.subscribe(groupOf(topic, true)));
      await published(broker, topic, 1, 2, 3);
      await reader.subscription.ack((await reader.take(3)).slice(0, 1));
      await remove();
      expect((await reader.take(2)).map(numberOf)).toEqual([2, 3]);
      await reader.subscription.close();
    }
    await remove();
    await using broker = await connectAt(url);
    const earliest = [{ ...needOf(topic), groups: [{ group: "g", from: "earliest" as const, ordered: true }] }];
    expect((await broker.provisioner.plan(earliest)).find(({ of }) => of === "group")).toMatchObject({ action: "create", what: `position flowctl_groups/${groupName("g", topic)}` });
    await broker.provisioner.apply(earliest);
    expect((await broker.provisioner.plan(earliest)).find(({ of }) => of === "group")).toMatchObject({ action: "keep" });
    const again = read(await broker.bus.subscribe({ ...groupOf(topic, true), from: "earliest" }));
    expect((await again.take(3)).map(numberOf)).toEqual([1, 2, 3]);
    await again.subscription.close();
  });

  /** Waits shorter by so much. */
  const HASTE = 20;
  const hasty: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() * HASTE, after: (ms, run) => systemClock.after(ms / HASTE, run) };

  test.each([
    { what: "bucket", says: "the bucket `flowctl_groups` is not there" },
    { what: "stream", says: "there is no stream `" },
  ])("an ordered group hears of a $what that stays away", { timeout: 30_000 }, async ({ what, says }) => {
    const { port } = await startServer(() => "");
    const broker = await connectNats({ urls: [`127.0.0.1:${port}`], tls: null, mechanism: "plain", topics: { replicas: 1, retention: 86_400_000, partitions: 1 } }, { clock: hasty, random: systemRandom });
    onTestFinished(() => broker[Symbol.asyncDispose]());
    const topic = unused();
    await broker.provisioner.apply(needs(topic, true));
    const reader = read(await broker.bus.subscribe(groupOf(topic, true)));
    const ended = expect(reader.ended).rejects.toThrow(says);
    await (await adminAt(`127.0.0.1:${port}`)).streams.delete(what === "bucket" ? LEASES : streamName(topic));
    await ended;
  });

  test.each([false, true])("a server that does not let this user in any more is told to who reads, ordered: %s", { timeout: 30_000 }, async (ordered) => {
    const users = (name: string): string => `accounts { A { jetstream: enabled, users: [ { user: ${name}, password: p } ] } }\n`;
    const server = await startServer(() => users("u"));
    const broker = await connectNats({ urls: [`127.0.0.1:${server.port}`], tls: null, mechanism: "plain", username: "u", password: "p", topics: { replicas: 1, retention: 86_400_000, partitions: 1 } }, { clock: hasty, random: systemRandom });
    onTestFinished(() => broker[Symbol.asyncDispose]());
    const topic = unused();
    await broker.provisioner.apply(needs(topic, ordered));
    const reader = read(await broker.bus.subscribe(groupOf(topic, ordered)));
    const ended = expect(reader.ended).rejects.toThrow("NATS is away: Authorization Violation");
    await server.reload(users("another"));
    await ended;
  });
});
