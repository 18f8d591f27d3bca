import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { LEASES, leaseSubject, positionIn, type LeaseRecord } from "../../../src/adapters/nats/lease-records.js";
import { streamName } from "../../../src/adapters/nats/names.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

describeOn("nats", "NATS: a stream that is deleted and made anew", (url) => {
  test.each([{ ordered: false }, { ordered: true }])("is read from its beginning, ordered: $ordered", async ({ ordered }) => {
    await using broker = await connectAt(url);
    const topic = unused();
    const need = { ...needOf(topic), groups: [{ group: "g", from: "earliest" as const, ordered }] };
    await broker.provisioner.apply([need]);
    const subscribe = async () => read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered }));
    const before = await subscribe();
    await broker.bus.publish([1, 2, 3].map((at) => message(topic, "k", at)));
    await before.subscription.ack(await before.take(3));
    await before.subscription.close();
    await before.ended;
    const other = await connect({ servers: url });
    const jsm = await jetstreamManager(other);
    if (ordered) expect((await jsm.streams.getMessage(LEASES, { last_by_subj: leaseSubject("g", topic) }))?.json<LeaseRecord>()).toMatchObject({ position: 3, created: (await jsm.streams.info(streamName(topic))).created });
    await jsm.streams.delete(streamName(topic));
    await other.close();
    await broker.provisioner.apply([need]);
    await broker.bus.publish([4, 5, 6, 7].map((at) => message(topic, "k", at)));
    expect((await broker.topics.topics()).find((one) => one.topic === topic)?.groups).toEqual([{ group: "g", lag: 4 }]);
    const after = await subscribe();
    expect((await after.take(4)).map(numberOf)).toEqual([4, 5, 6, 7]);
    await after.subscription.close();
  });

  test("a member that reads meanwhile goes on at its beginning", async () => {
    await using broker = await connectAt(url);
    const topic = unused();
    const need = { ...needOf(topic), groups: [{ group: "g", from: "earliest" as const, ordered: true }] };
    await broker.provisioner.apply([need]);
    const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered: true }));
    await broker.bus.publish([1, 2, 3].map((at) => message(topic, "k", at)));
    await reader.subscription.ack(await reader.take(3));
    const other = await connect({ servers: url });
    await (await jetstreamManager(other)).streams.delete(streamName(topic));
    await other.close();
    await broker.provisioner.apply([need]);
    await broker.bus.publish([4, 5, 6, 7].map((at) => message(topic, "k", at)));
    const came = await reader.take(4);
    expect(came.map(numberOf)).toEqual([4, 5, 6, 7]);
    await reader.subscription.ack(came);
    expect(await reader.subscription.lag()).toBe(0);
    await reader.subscription.close();
  });
});

test("a record of an older process counts as long as the stream reaches to it", () => {
  const stream = { created: "monday", state: { last_seq: 2 } };
  const record = { group: "g", topic: "t", owner: null };
  const at = (position: number, created?: string): number => positionIn(stream, { ...record, position, ...(created === undefined ? {} : { created }) });
  expect([at(2), at(3), at(2, "monday"), at(1, "sunday")]).toEqual([2, 0, 2, 0]);
});
