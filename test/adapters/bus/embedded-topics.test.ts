import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { busReads } from "../../../src/adapters/bus/embedded/reads.js";
import { trimTopics } from "../../../src/adapters/bus/embedded/retention.js";
import { BUS_TABLES } from "../../../src/adapters/bus/embedded/tables.js";
import { createTopicReader } from "../../../src/adapters/bus/embedded/topic-reader.js";
import { busWrites, type Cells } from "../../../src/adapters/bus/embedded/writes.js";
import { openDatabase } from "../../../src/adapters/sqlite/database.js";
import { openSqliteReader } from "../../../src/adapters/sqlite/reader.js";
import { createTransaction } from "../../../src/adapters/sqlite/transaction.js";
import type { Outgoing } from "../../../src/core/ports/bus.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { embeddedHarness } from "./embedded-harness.js";

const DAY_MS = 24 * 3_600_000;
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

test("a message that is published again under its id is there once, also over a restart", async () => {
  const { bus, reopen } = await embeddedHarness();
  await bus.publish([message("t", "k", 1), message("t", "k", 1), message("t", "k", 2)]);
  await bus.publish([message("t", "k", 2), message("u", "k", 2)]);
  await bus[Symbol.asyncDispose]();
  await using again = await reopen();
  await again.publish([message("t", "k", 1), message("t", "k", 3)]);
  const kept = await again.messages("t", { last: 10 });
  expect(kept.map((one) => [one.offset, JSON.parse(one.body)])).toEqual([["0", { at: 1 }], ["1", { at: 2 }], ["2", { at: 3 }]]);
  expect(await again.messages("u", { last: 10 })).toHaveLength(1);
});

test("a message that is redriven is another one", async () => {
  const { bus } = await embeddedHarness();
  const first = message("t", "k", 1);
  const redriven = (times: string): Outgoing => ({ ...first, headers: { ...first.headers, "flowctl-redrive": times } });
  await bus.publish([first, redriven("1"), redriven("1"), redriven("2")]);
  expect(await bus.messages("t", { last: 10 })).toHaveLength(3);
  await bus[Symbol.asyncDispose]();
});

test("how often a message was given back is known after a restart", async () => {
  const { bus, reopen, clock } = await embeddedHarness();
  const first = read(await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 }));
  await bus.publish([message("t", "k", 1), message("t", "k", 2)]);
  const [one, two] = await first.take(2);
  await first.subscription.giveBack([one!], 10);
  await clock.advance(20);
  expect((await first.take(1))[0]?.attempt).toBe(2);
  await first.subscription.ack([two!]);
  await bus[Symbol.asyncDispose]();
  await using again = await reopen();
  const second = read(await again.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 }));
  // The second was acknowledged behind the first: it comes again, and nobody knows that it ever came.
  expect((await second.take(2)).map((delivery) => [numberOf(delivery), delivery.attempt])).toEqual([[1, 3], [2, 1]]);
});

test("after 7 days what every group has read is gone, the rest is kept; offsets and positions are not used again", async () => {
  const { bus, reopen, clock } = await embeddedHarness();
  const slow = read(await bus.subscribe({ topic: "t", group: "slow", from: "earliest", maxBatch: 1000 }));
  await bus.publish(range(0, 300).map((at) => message("t", "k", at)));
  const first = await slow.take(300);
  await slow.subscription.ack(first.slice(0, 290));
  await clock.advance(8 * DAY_MS);
  const trimmed = async (): Promise<number | undefined> => {
    // What is removed waits for a transaction of others.
    for (let turn = 0; turn < 3; turn += 1) await bus.publish([message("other", "k", Math.floor(clock.now()) + turn)]);
    return (await bus.topics()).find(({ topic }) => topic === "t")?.messages;
  };
  await bus.publish([message("t", "k", 300)]);
  await expect.poll(trimmed, { timeout: 20_000 }).toBe(11);
  await slow.subscription.ack([...first.slice(290), ...(await slow.take(1))]);
  await clock.advance(8 * DAY_MS);
  await bus.publish([message("t", "other key", 301)]);
  await expect.poll(trimmed, { timeout: 20_000 }).toBe(1);
  const [last] = await bus.messages("t", { last: 1 });
  await bus[Symbol.asyncDispose]();
  await using again = await reopen();
  await again.publish([message("t", "k", 302)]);
  const [next] = await again.messages("t", { after: last!.position, limit: 1 });
  expect(next).toMatchObject({ offset: "301", body: '{"at":302}' });
  const late = read(await again.subscribe({ topic: "t", group: "late", from: "earliest", maxBatch: 10 }));
  expect((await late.take(2)).map(numberOf).sort()).toEqual([301, 302]);
});

test("a topic that nobody reads keeps 7 days", async () => {
  const { bus, clock } = await embeddedHarness();
  await bus.publish([message("t", "k", 1)]);
  await clock.advance(6 * DAY_MS);
  await bus.publish([message("t", "k", 2)]);
  await clock.advance(2 * DAY_MS);
  await bus.publish([message("t", "k", 3)]);
  await expect.poll(async () => (await bus.messages("t", { last: 5 })).map((one) => one.body), { timeout: 20_000 }).toEqual(['{"at":2}', '{"at":3}']);
  await bus[Symbol.asyncDispose]();
});

test("what one group has read and another one has not is kept, however old it is", async () => {
  const { bus, path, reopen, clock } = await embeddedHarness();
  const [fast, slow] = await Promise.all(["fast", "slow"].map(async (group) => read(await bus.subscribe({ topic: "t", group, from: "earliest", maxBatch: 10 }))));
  await bus.publish([1, 2, 3].map((at) => message("t", "k", at)));
  await fast!.subscription.ack(await fast!.take(3));
  await slow!.subscription.ack((await slow!.take(3)).slice(0, 1));
  await bus[Symbol.asyncDispose]();
  {
    await using database = await openDatabase(path);
    await trimTopics(database, clock.now() + 8 * DAY_MS, () => false);
  }
  await using again = await reopen();
  const late = read(await again.subscribe({ topic: "t", group: "slow", from: "earliest", maxBatch: 10 }));
  expect((await late.take(2)).map(numberOf)).toEqual([2, 3]);
  expect((await again.messages("t", { last: 9 })).map(({ offset }) => offset)).toEqual(["1", "2"]);
});

test("where nothing is kept any more positions and offsets go on: who follows a topic misses nothing", async () => {
  const { bus, path, reopen, clock } = await embeddedHarness();
  await bus.publish([1, 2].map((at) => message("t", "k", at)));
  const [last] = await bus.messages("t", { last: 1 });
  await bus[Symbol.asyncDispose]();
  {
    await using database = await openDatabase(path);
    await trimTopics(database, clock.now() + 8 * DAY_MS, () => false);
  }
  await using again = await reopen();
  expect(await again.messages("t", { last: 9 })).toEqual([]);
  await again.publish([message("t", "k", 3)]);
  expect((await again.messages("t", { after: last!.position, limit: 9 })).map(({ offset, body }) => [offset, body])).toEqual([["2", '{"at":3}']]);
});

test("topics as an operator sees them: counts, lag, the last, what follows; from another connection too", async () => {
  const { bus, path } = await embeddedHarness();
  const reader = read(await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 1000 }));
  await bus.publish(range(0, 60).flatMap((at) => [message("t", `k${at % 20}`, at), message("u", null, at)]));
  const got = await reader.take(60);
  await reader.subscription.ack(got.slice(1));
  expect(await bus.topics()).toEqual([
    { topic: "t", partitions: 8, messages: 60, groups: [{ group: "g", lag: 1 }] },
    { topic: "u", partitions: 8, messages: 60, groups: [] },
  ]);
  const last = await bus.messages("t", { last: 5 });
  expect(last.map((one) => one.body)).toEqual(range(55, 60).map((at) => JSON.stringify({ at })));
  const all = await bus.messages("t", { last: 1000 });
  expect(all.map((one) => one.body)).toEqual(range(0, 60).map((at) => JSON.stringify({ at })));
  expect(await bus.messages("t", { after: all[9]!.position, limit: 20 })).toEqual(all.slice(10, 30));
  expect(await bus.messages("t", { after: 0, limit: 3 })).toEqual(all.slice(0, 3));
  expect(await bus.messages("t", { after: all[59]!.position, limit: 3 })).toEqual([]);
  expect(await bus.messages("none", { last: 3 })).toEqual([]);
  await using beside = await openSqliteReader(path);
  const outside = createTopicReader(beside.reading);
  expect(await outside.messages("t", { last: 5 })).toEqual(last);
  await reader.subscription.ack(got.slice(0, 1));
  await reader.subscription.close();
  expect((await outside.topics())[0]).toEqual({ topic: "t", partitions: 8, messages: 60, groups: [{ group: "g", lag: 0 }] });
  await bus[Symbol.asyncDispose]();
});

test("reading for an operator takes nothing from a group", async () => {
  const { bus } = await embeddedHarness();
  await bus.publish([message("t", "k", 1)]);
  await bus.messages("t", { last: 1 });
  const reader = read(await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 }));
  expect((await reader.take(1)).map(numberOf)).toEqual([1]);
  await bus[Symbol.asyncDispose]();
});

test("a reader that stops while much is published gets all of it, in order, from the file and then from memory", async () => {
  const { bus } = await embeddedHarness();
  const reader = read(await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 3 }));
  reader.subscription.pause();
  const body = (at: number): string => JSON.stringify({ at, pad: "x".repeat(1_000_000) });
  // More than the bus keeps in memory.
  for (let at = 0; at < 40; at += 4) await bus.publish(range(at, at + 4).map((one) => ({ ...message("t", "k", one), body: body(one) })));
  reader.subscription.resume();
  expect((await reader.take(38)).map(numberOf)).toEqual(range(0, 38));
  await bus.publish(range(40, 60).map((at) => message("t", "k", at)));
  expect((await reader.take(22)).map(numberOf)).toEqual(range(38, 60));
  await bus[Symbol.asyncDispose]();
});

test("a full disk refuses a transaction whole; the same messages are stored, once and in order, when there is room", () => {
  const db = new DatabaseSync(":memory:");
  db.exec(BUS_TABLES);
  const [writes, reads, transaction] = [busWrites(db), busReads(db), createTransaction(db)];
  const cells = (from: number, to: number): Cells => range(from, to).flatMap((at) => ["t", at % 8, `id${at}`, "k", "{}", "x".repeat(1000)]);
  const publish = (from: number, to: number) => transaction([{ id: 1, act: () => writes.busPublish(5, cells(from, to)) }])[0];
  expect(publish(0, 8)).toEqual({ id: 1, result: range(0, 8).map(() => 0) });
  db.exec("PRAGMA max_page_count=40");
  expect(publish(8, 808)).toMatchObject({ failure: { result: 13 } });
  db.exec("PRAGMA max_page_count=100000");
  expect(publish(0, 16)).toEqual({ id: 1, result: [...range(0, 8).map(() => -1), ...range(0, 8).map(() => 1)] });
  expect(reads.busMessages("t", { last: 100 }).map((one) => one.position)).toEqual(range(1, 17));
});
