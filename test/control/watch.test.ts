import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { connectControl } from "../../src/control/client.js";
import { createFeed, TooSlow } from "../../src/control/feed.js";
import type { RunEvent, TokenEvent } from "../../src/core/event.js";
import type { Operator } from "../../src/core/ports/operator.js";
import { allOf, served, type Served } from "../support/control.js";

const event = (seq: number): RunEvent => ({ type: "run.started", run: "r", seq, at: seq, data: { now: seq } });
const token = (text: string): TokenEvent => ({ run: "r", path: "a~1", attempt: 1, text });

async function connected({ database, server }: Served): Promise<Operator> {
  const operator = await connectControl(server.socketPath, database);
  if (operator === null) throw new Error("nobody serves");
  return operator;
}

/** The feed, once so many watch it. */
async function watchedBy(one: Served, watchers: number): Promise<void> {
  while (one.feed.watchers() < watchers) await new Promise((resolve) => setImmediate(resolve));
}

test("two watchers see every event in order, and tokens; a watch ends when its watcher has seen enough", async () => {
  const one = await served();
  await using _server = one.server;
  await using first = await connected(one);
  await using second = await connected(one);
  const seen = [first, second].map(async (operator) => {
    const items = [];
    for await (const item of operator.watch(new AbortController().signal)) {
      items.push(item);
      if (items.length === 1001) break;
    }
    return items;
  });
  await watchedBy(one, 2);
  one.feed.token(token("hel"));
  for (let seq = 0; seq < 1000; seq++) one.feed.event(event(seq));
  const expected = [{ token: token("hel") }, ...Array.from({ length: 1000 }, (_, seq) => ({ event: event(seq) }))];
  expect(await Promise.all(seen)).toEqual([expected, expected]);
  while (one.feed.watchers() > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("a watch ends by its signal, and when the server goes", async () => {
  const one = await served();
  await using operator = await connected(one);
  const stop = new AbortController();
  const stopped = allOf(operator.watch(stop.signal));
  const left = allOf(operator.watch(new AbortController().signal));
  await watchedBy(one, 2);
  one.feed.event(event(0));
  stop.abort();
  await stopped;
  await one.server[Symbol.asyncDispose]();
  expect(await left).toEqual([{ event: event(0) }]);
  await expect(operator.store.counts()).rejects.toMatchObject({ name: "InfraError", message: "the process that serves went away" });
});

test("a watcher that does not read is dropped, and holds nothing back", async () => {
  const one = await served();
  await using _server = one.server;
  const sent = request({ socketPath: one.server.socketPath, method: "POST", path: "/v1/watch", agent: false });
  const answered = once(sent, "response");
  sent.end("{}");
  const [answer]: IncomingMessage[] = await answered;
  // Not read until all has happened: the system's buffers fill, then the feed's.
  answer?.pause();
  await watchedBy(one, 1);
  for (let seq = 0; seq < 60_000; seq++) {
    one.feed.event(event(seq));
    if (seq % 1000 === 0) await new Promise((go) => setImmediate(go));
  }
  if (answer === undefined) throw new Error("no answer");
  const all = (await text(answer)).split("\n").filter((line) => line !== "");
  expect(all.length).toBeLessThan(60_000);
  expect(JSON.parse(all.at(-1) ?? "")).toEqual({ cut: "this watcher fell too far behind" });
  expect(all.slice(0, -1).map((line) => JSON.parse(line).event.seq)).toEqual(all.slice(0, -1).map((_, index) => index));
  expect(one.feed.watchers()).toBe(0);
});

test("a feed: tokens are lost before events are; too many events end the watch", async () => {
  const feed = createFeed();
  const batches = feed.watch(new AbortController().signal)[Symbol.asyncIterator]();
  for (let at = 0; at < 5000; at++) feed.token(token(String(at)));
  feed.event(event(0));
  feed.close();
  const items = [];
  for (let next = await batches.next(); next.done !== true; next = await batches.next()) items.push(...next.value);
  expect(items.filter((item) => "event" in item)).toEqual([{ event: event(0) }]);
  expect(items.length).toBeLessThan(5000);
  const other = createFeed();
  const slow = other.watch(new AbortController().signal)[Symbol.asyncIterator]();
  for (let seq = 0; seq < 30_000; seq++) other.event(event(seq));
  await expect(slow.next()).rejects.toBeInstanceOf(TooSlow);
  expect(other.watchers()).toBe(0);
});

test("however many watch, calls find a connection; a watcher too many is told so", async () => {
  const one = await served();
  await using _server = one.server;
  const stop = new AbortController();
  const watchers = await Promise.all(Array.from({ length: 128 }, () => connected(one)));
  const watches = watchers.map((operator) => allOf(operator.watch(stop.signal)));
  await watchedBy(one, 128);
  await using caller = await connected(one);
  expect(await caller.store.counts()).toMatchObject({ running: 0 });
  await expect(allOf(caller.watch(stop.signal))).rejects.toThrow("128 commands watch this process already");
  stop.abort();
  await Promise.all(watches);
  for (const operator of watchers) await operator[Symbol.asyncDispose]();
});

test.each(["", "a\u001b[2J", "t".repeat(250)])("a message to a topic that no broker would have is refused: %j", async (topic) => {
  const one = await served();
  await using _server = one.server;
  await using operator = await connected(one);
  await expect(operator.publish([{ topic, key: null, id: "i", headers: {}, body: "{}" }])).rejects.toThrow("a topic's name has 1 to 249 characters");
  await operator.publish([{ topic: "t".repeat(249), key: null, id: "i", headers: {}, body: "{}" }]);
  expect(one.published).toHaveLength(1);
});
