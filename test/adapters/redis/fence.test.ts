import { expect, test } from "vitest";
import { needGroup } from "../../../src/adapters/redis/group.js";
import { openLink, type Link } from "../../../src/adapters/redis/link.js";
import { leaseKey } from "../../../src/adapters/redis/names.js";
import { textOf } from "../../../src/adapters/redis/reply.js";
import { settingsOf } from "../../../src/adapters/redis/settings.js";
import { createSubscription } from "../../../src/adapters/redis/subscription.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { virtualClock } from "../../support/virtual-clock.js";
import { connect, connectionTo, madeTopic } from "./harness.js";

describeOn("redis", "Redis: a member of a group", (url) => {
  const links = (): Promise<readonly [Link, Link]> => Promise.all([openLink(settingsOf(connectionTo(url))), openLink(settingsOf(connectionTo(url)))]);

  test("that has lost its lease delivers nothing of what it was to try again (I18)", async () => {
    await using broker = await connect(url);
    const topic = await madeTopic(broker);
    const [real, reader] = await links();
    const clock = virtualClock();
    // This member alone is cut off from the server.
    let cut = false;
    const unlessCut = <T>(act: () => Promise<T>): Promise<T> => (cut ? Promise.reject(new Error("away")) : act());
    const link: Link = { ...real, command: (...of) => unlessCut(() => real.command(...of)), script: (...of) => unlessCut(() => real.script(...of)) };
    await needGroup(real, topic, "g", "earliest");
    const first = await createSubscription(link, { ...reader, command: (...of) => unlessCut(() => reader.command(...of)) }, clock, { topic, group: "g", consumer: "first", maxBatch: 10, ordered: true, stands: () => undefined });
    const batches = first.batches[Symbol.asyncIterator]();
    await broker.bus.publish([message(topic, "k", 1)]);
    const one = (await batches.next()).value ?? [];
    expect(one.map(numberOf)).toEqual([1]);
    await first.giveBack(one, 9000);
    const also: unknown[] = [];
    void batches.next().then(({ value }) => also.push(value));
    cut = true;
    await real.command("DEL", leaseKey(topic, "g"));
    const second = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered: true }));
    // The other one is at it now, for as long as it likes.
    expect((await second.take(1)).map(numberOf)).toEqual([1]);
    await clock.advance(9000);
    expect(also).toEqual([]);
    await second.subscription.close();
    await first.close();
    real.close();
  });

  test("whose lease was gone for a moment looks for what another one was sent meanwhile: nobody else would (I18)", async () => {
    await using broker = await connect(url);
    const topic = await madeTopic(broker);
    const [real, reader] = await links();
    const clock = virtualClock();
    await needGroup(real, topic, "g", "earliest");
    const first = await createSubscription(real, reader, clock, { topic, group: "g", consumer: "first", maxBatch: 10, ordered: true, stands: () => undefined });
    const batches = first.batches[Symbol.asyncIterator]();
    await broker.bus.publish([message(topic, "k", 1)]);
    const one = (await batches.next()).value ?? [];
    await first.ack(one);
    await real.command("DEL", leaseKey(topic, "g"));
    await broker.bus.publish([message(topic, "k", 2)]);
    await real.command("XREADGROUP", "GROUP", "g", "other", "COUNT", 10, "STREAMS", topic, ">");
    await expect.poll(async () => (await clock.advance(100), textOf(await real.command("GET", leaseKey(topic, "g")))), { timeout: 10_000 }).toBe("first");
    expect(((await batches.next()).value ?? []).map(numberOf)).toEqual([2]);
    await first.close();
    real.close();
  });
});
