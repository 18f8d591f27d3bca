import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Broker } from "../../../src/core/ports/broker.js";
import type { Subscription } from "../../../src/core/ports/bus.js";
import { message, numberOf } from "../../conformance/bus-reader.js";
import { needOf } from "../../conformance/broker.js";
import { describeOn } from "../../support/servers.js";
import { connectAt, unused } from "./harness.js";

const KEYS = 12;

/** Handles one batch after the other, as the runtime does. */
async function handle(subscription: Subscription, each: (at: number, key: string | null) => Promise<void>): Promise<void> {
  for await (const batch of subscription.batches) {
    for (const delivery of batch) await each(numberOf(delivery), delivery.key);
    await subscription.ack(batch);
  }
}

describeOn("kafka", "Kafka: members that come and go", (url) => {
  test("handlers take long while members come and leave: nothing comes twice, and each key is in order", async () => {
    const brokers: Broker[] = [await connectAt(url), await connectAt(url), await connectAt(url)];
    const [first] = brokers;
    if (first === undefined) throw new Error("three are connected");
    const topic = unused();
    await first.provisioner.apply([needOf(topic)]);
    await first.bus.publish(Array.from({ length: 240 }, (_, at) => message(topic, `k${at % KEYS}`, at)));

    const done: { readonly at: number; readonly key: string | null; readonly by: number }[] = [];
    const members: Subscription[] = [];
    const ended: Promise<void>[] = [];
    const join = async (broker: Broker): Promise<void> => {
      const by = members.length;
      const member = await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 20 });
      members.push(member);
      // A batch takes a second or so: longer than the heartbeats that say that somebody comes.
      ended.push(handle(member, async (at, key) => {
        await sleep(50);
        done.push({ at, key, by });
      }));
    };
    for (const broker of brokers) await join(broker);
    await members[1]?.close();
    while (done.length < 240) await sleep(50);
    for (const member of members) await member.close();
    await Promise.all(ended);
    for (const broker of brokers) await broker[Symbol.asyncDispose]();

    expect(done.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 240 }, (_, at) => at));
    for (let key = 0; key < KEYS; key += 1) {
      const ofKey = done.flatMap((one) => (one.key === `k${key}` ? [one.at] : []));
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
    expect(new Set(done.map(({ by }) => by)).size).toBeGreaterThan(1);
  });
});
