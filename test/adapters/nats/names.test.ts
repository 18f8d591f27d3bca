import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { consumerName, groupName } from "../../../src/adapters/nats/names.js";
import { needOf } from "../../conformance/broker.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { describeOn } from "../../support/servers.js";
import { connectAt } from "./harness.js";

describeOn("nats", "NATS: names of groups and topics", (url) => {
  test.each([{ ordered: false }, { ordered: true }])("a topic of 200 characters has a group of 60, ordered: $ordered", async ({ ordered }) => {
    await using broker = await connectAt(url);
    const topic = `t.${randomUUID()}`.padEnd(200, "x");
    const group = "g".repeat(60);
    await broker.provisioner.apply([{ ...needOf(topic), groups: [{ group, from: "earliest", ordered }] }]);
    const reader = read(await broker.bus.subscribe({ topic, group, from: "earliest", maxBatch: 10, ordered }));
    await broker.bus.publish([message(topic, "k", 1)]);
    expect((await reader.take(1)).map(numberOf)).toEqual([1]);
    await reader.subscription.close();
  });

  test.each([{ how: "at once" }, { how: "one after the other" }])("two topics whose streams would have one name have a stream each: made $how", async ({ how }) => {
    await using broker = await connectAt(url);
    const id = randomUUID().slice(0, 8);
    const topics = [`orders.${id}`, `orders_${id}`];
    const needs = topics.map((topic) => ({ ...needOf(topic), groups: [{ group: "g", from: "earliest" as const, ordered: false }] }));
    for (const some of how === "at once" ? [needs] : needs.map((need) => [need])) await broker.provisioner.apply(some);
    expect((await broker.provisioner.plan(needs)).map(({ action }) => action)).toEqual(["keep", "keep", "keep", "keep"]);
    await broker.bus.publish(topics.map((topic, at) => message(topic, "k", at)));
    for (const [at, topic] of topics.entries()) {
      const reader = read(await broker.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10 }));
      expect((await reader.take(1)).map(numberOf)).toEqual([at]);
      await reader.subscription.close();
    }
  });

  test("two ordered groups whose names and topics give the same text have a position each", async () => {
    await using broker = await connectAt(url);
    const id = randomUUID().slice(0, 8);
    const both = [{ group: `${id}--eu`, topic: `orders${id}` }, { group: id, topic: `eu--orders${id}` }];
    await broker.provisioner.apply(both.map(({ topic, group }) => ({ ...needOf(topic), groups: [{ group, from: "earliest", ordered: true }] })));
    const readers = await Promise.all(both.map(async (one) => read(await broker.bus.subscribe({ ...one, from: "earliest", maxBatch: 10, ordered: true }))));
    await broker.bus.publish(both.map(({ topic }, at) => message(topic, "k", at)));
    expect(await Promise.all(readers.map(async (reader) => (await reader.take(1)).map(numberOf)))).toEqual([[0], [1]]);
    for (const { subscription } of readers) await subscription.close();
  });
});

test("what names are there already stay as they are", () => {
  const long = "x".repeat(252);
  expect([consumerName("billing", "orders"), consumerName("billing-eu", "orders_new"), consumerName("billing", "orders.new"), consumerName("a", long)]).toEqual(["billing--orders", "billing-eu--orders_new", "billing--orders_new-8a5b6a", `a--${long}`]);
  // A lease is the end of a subject, and as long as it likes.
  expect([groupName("billing", "orders.new"), groupName("aa", long)]).toEqual(["billing--orders_new-8a5b6a", `aa--${long}`]);
});
test.each([
  ["a--eu", "x", "a", "eu--x"],
  ["a-", "x", "a", "-x"],
  ["a--eu", "x.y", "a", "eu--x.y"],
  ["a", `${"x".repeat(260)}1`, "a", `${"x".repeat(260)}2`],
])("%s with %s is not %s with %s", (group, topic, other, otherTopic) => {
  const [one, two] = [consumerName(group, topic), consumerName(other, otherTopic)];
  expect(one).not.toBe(two);
  expect(Math.max(one.length, two.length)).toBeLessThanOrEqual(255);
});
