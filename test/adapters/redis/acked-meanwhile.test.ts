import { expect, test } from "vitest";
import { needGroup } from "../../../src/adapters/redis/group.js";
import { openLink, type Link } from "../../../src/adapters/redis/link.js";
import { settingsOf } from "../../../src/adapters/redis/settings.js";
import { createSubscription } from "../../../src/adapters/redis/subscription.js";
import { message, numberOf } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { virtualClock } from "../../support/virtual-clock.js";
import { connect, connectionTo, madeTopic } from "./harness.js";

/** Of those of the script that looks for what was sent before. */
const RECOVERS = 7;

describeOn("redis", "Redis: a member that looks for what was sent and may not have come", (url) => {
  test("gets nothing again that it acknowledges while the answer is on its way", async () => {
    await using broker = await connect(url);
    const topic = await madeTopic(broker);
    const [real, reads] = await Promise.all([openLink(settingsOf(connectionTo(url))), openLink(settingsOf(connectionTo(url)))]);
    const clock = virtualClock();
    const arrives = Promise.withResolvers<void>();
    let [lost, answered] = [false, false];
    const link: Link = {
      ...real,
      async script(script, keys, args) {
        const answer = await real.script(script, keys, args);
        if (!lost || args.length !== RECOVERS) return answer;
        answered = true;
        await arrives.promise;
        return answer;
      },
    };
    const reader: Link = { ...reads, command: (...of) => (lost ? Promise.reject(new Error("away")) : reads.command(...of)) };
    await needGroup(real, topic, "g", "earliest");
    const member = await createSubscription(link, reader, clock, { topic, group: "g", consumer: "one", maxBatch: 10, ordered: false, stands: () => undefined });
    const batches = member.batches[Symbol.asyncIterator]();
    await broker.bus.publish([message(topic, "k", 1)]);
    const first = (await batches.next()).value ?? [];
    expect(first.map(numberOf)).toEqual([1]);
    lost = true;
    const next = batches.next();
    await expect.poll(async () => (await clock.advance(100), answered), { timeout: 10_000 }).toBe(true);
    await member.ack(first);
    lost = false;
    arrives.resolve();
    await broker.bus.publish([message(topic, "k", 2)]);
    expect(((await next).value ?? []).map(numberOf)).toEqual([2]);
    await member.close();
    real.close();
  });
});
