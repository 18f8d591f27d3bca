import { afterEach, beforeEach, expect, test } from "vitest";
import { openLink, type Link } from "../../../src/adapters/redis/link.js";
import { leaseKey } from "../../../src/adapters/redis/names.js";
import { listOf, textOf as replyText } from "../../../src/adapters/redis/reply.js";
import { settingsOf } from "../../../src/adapters/redis/settings.js";
import { trimTopic } from "../../../src/adapters/redis/trim.js";
import { InfraError } from "../../../src/core/errors.js";
import type { Broker } from "../../../src/core/ports/broker.js";
import { message, numberOf, read, textOf, type Reader } from "../../conformance/bus-reader.js";
import { openProxy } from "../../support/proxy.js";
import { describeOn } from "../../support/servers.js";
import { connect, connectionTo, madeTopic, needOf, passes, unused } from "./harness.js";

describeOn("redis", "Redis Streams, what is its own", (url) => {
  let broker: Broker;
  let server: Link;
  let topic: string;
  const open: AsyncDisposable[] = [];
  beforeEach(async () => {
    broker = await connect(url);
    server = await openLink(settingsOf(connectionTo(url)));
    topic = await madeTopic(broker);
    open.push(broker);
  });
  afterEach(async () => {
    server.close();
    for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
  });
  async function subscribe(at: Broker = broker, ordered = false): Promise<Reader> {
    const reader = read(await at.bus.subscribe({ topic, group: "g", from: "earliest", maxBatch: 10, ordered }));
    open.push(reader.subscription);
    return reader;
  }
  async function another(): Promise<Broker> {
    const made = await connect(url);
    open.push(made);
    return made;
  }
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

  test("what is published stands in fields that others read: body, key, and each header", async () => {
    await broker.bus.publish([{ topic, key: "k", id: "i", headers: { "flowctl-id": "i", body: "a header" }, body: '{"a":1}' }]);
    const [entry] = listOf(await server.command("XRANGE", topic, "-", "+"));
    expect(listOf(listOf(entry)[1]).map(replyText)).toEqual(["body", '{"a":1}', "key", "k", "flowctl-id", "i", "header:body", "a header"]);
  });
  test("what others add is consumed: with a body, or with the message as its fields; headers that are named like a field come back", async () => {
    const reader = await subscribe();
    await server.command("XADD", topic, "*", "body", '{"id":"a"}', "key", "k", "traceparent", "00-x");
    await server.command("XADD", topic, "*", "id", "b", "total", "120");
    await broker.bus.publish([{ topic, key: null, id: "i", headers: { "header:key": "x", key: "y" }, body: "{}" }]);
    const [one, two, three] = await reader.take(3);
    expect([textOf(one), one?.key, one?.headers]).toEqual(['{"id":"a"}', "k", { traceparent: "00-x" }]);
    expect([textOf(two), two?.key, two?.headers]).toEqual(['{"id":"b","total":"120"}', null, {}]);
    expect(three?.headers).toEqual({ "header:key": "x", key: "y" });
  });
  test("messages of one call whose fields are not the same, and whose id stands in a header, another one, or nowhere: each has its own, in order", async () => {
    const of = (id: string, headers: Record<string, string>, key: string | null = null): Parameters<typeof broker.bus.publish>[0][number] => ({ topic, key, id, headers, body: `{"id":"${id}"}` });
    const sent = [of("a", { "flowctl-id": "a", x: "1" }), of("b", { "flowctl-id": "b", x: "2" }), of("c", { x: "c", "flowctl-id": "c" }, "k"), of("d", {}), of("e", { "flowctl-id": "e", "flowctl-redrive": "1" }), of("", { claim: "" }), of("b", { "flowctl-id": "b", x: "2" }), of("f", { "flowctl-id": "f", x: "3" })];
    await broker.bus.publish(sent);
    const stored = sent.filter((_, at) => at !== 6);
    expect((await (await subscribe()).take(stored.length)).map((one) => [textOf(one), one.key, one.headers])).toEqual(stored.map(({ body, key, headers }) => [body, key, headers]));
    await broker.bus.publish(sent);
    expect(await server.command("XLEN", topic)).toBe(stored.length + 1);
  });
  test("there is no stream, or something else under its name: refused by name, and the others are there", async () => {
    const [none, hash] = [unused(), unused()];
    await server.command("HSET", hash, "a", "1");
    const error: unknown = await broker.bus.publish([message(none, "k", 1), message(topic, "k", 2), message(hash, "k", 3)]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "PublishRefused", refused: [{ id: "k-1", reason: expect.stringContaining("topics apply") }, { id: "k-3", reason: expect.stringContaining("hash") }] });
    expect((await (await subscribe()).take(1)).map(numberOf)).toEqual([2]);
    await expect(broker.provisioner.plan([needOf(hash)])).rejects.toThrow("is a hash in Redis");
  });
  test("what is repeated under its id is stored once, in one call and over calls, for the minute before too; ids are a topic's own, and messages without one are all stored", async () => {
    const other = await madeTopic(broker);
    const one = message(topic, "k", 1);
    const bare = { ...message(topic, "k", 2), id: "" };
    await broker.bus.publish([one, one, message(other, "k", 1), bare, bare]);
    await broker.bus.publish([bare, one, { ...one, headers: { "flowctl-redrive": "1" } }, message(other, "k", 1)]);
    const length = async (): Promise<readonly unknown[]> => [await server.command("XLEN", topic), await server.command("XLEN", other)];
    expect(await length()).toEqual([5, 1]);
    const marks = async (): Promise<string> => replyText(listOf(await server.command("KEYS", `flowctl:id:*:${topic}`))[0]);
    const [minute = 0] = /\d+/.exec(await marks())?.map(Number) ?? [];
    expect(Number(await server.command("TTL", await marks()))).toBeGreaterThan(120);
    await server.command("RENAME", await marks(), `flowctl:id:${minute - 1}:${topic}`);
    await broker.bus.publish([one]);
    expect(await length()).toEqual([5, 1]);
    await server.command("RENAME", `flowctl:id:${minute - 1}:${topic}`, `flowctl:id:${minute - 4}:${topic}`);
    await broker.bus.publish([one]);
    expect(await length()).toEqual([6, 1]);
  });
  test("who sends what takes long waits longer for the server's word, and not longer than that", async () => {
    await using way = await openProxy({ host: new URL(url).hostname, port: Number(new URL(url).port) });
    const link = await openLink(settingsOf(connectionTo(`redis://127.0.0.1:${way.port}`)));
    way.silence();
    link.waits(321);
    await expect(link.command("PING")).rejects.toThrow("didn't receive any in 321ms");
    link.close();
  });

  test("a handler that takes longer than a member that is silent may: its message stays its own", { timeout: 30_000 }, async () => {
    const slow = await subscribe();
    await broker.bus.publish([message(topic, "k", 1)]);
    const held = await slow.take(1);
    const other = await subscribe(await another());
    await passes(12_000);
    expect(other.waiting()).toBe(0);
    await slow.subscription.ack(held);
    expect(await other.subscription.lag()).toBe(0);
  });
  test("attempts are counted by the server: over giving back, and over members", async () => {
    const first = await subscribe();
    await broker.bus.publish([message(topic, "k", 1)]);
    await first.subscription.giveBack(await first.take(1), 10);
    const [second] = await first.take(1);
    expect(second?.attempt).toBe(2);
    await first.subscription.close();
    const [third] = await (await subscribe()).take(1);
    expect(third?.attempt).toBe(3);
  });
  test("in order: who lost the lease neither reads on nor acknowledges, and the next one begins with what was not acknowledged", { timeout: 30_000 }, async () => {
    const gone = await subscribe(broker, true);
    await broker.bus.publish(range(0, 5).map((at) => message(topic, "k", at)));
    const had = await gone.take(5);
    await gone.subscription.ack(had.slice(0, 2));
    // As if it had been away for longer than the lease.
    await server.command("SET", leaseKey(topic, "g"), "another", "PX", 4000);
    await broker.bus.publish(range(5, 8).map((at) => message(topic, "k", at)));
    const next = await subscribe(await another(), true);
    await passes(1500);
    expect([gone.waiting(), next.waiting()]).toEqual([0, 0]);
    const winner = await Promise.race([next.take(6).then((got) => ({ got })), gone.take(6).then((got) => ({ got }))]);
    expect(winner.got.map(numberOf)).toEqual(range(2, 8));
  });
  test("trimmed is what is old and what every group has acknowledged, and nothing of a stream that others made", async () => {
    const short = await connect(url, { topics: { replicas: 1, retention: 1, partitions: 1 } });
    open.push(short);
    topic = unused();
    await short.provisioner.apply([{ ...needOf(topic), groups: [{ group: "g", from: "earliest", ordered: false }] }]);
    const reader = await subscribe();
    await broker.bus.publish(range(0, 1000).map((at) => message(topic, "k", at)));
    await passes(20);
    expect(await trimTopic(server, topic)).toBe(0);
    const got = await reader.take(1000);
    await reader.subscription.ack(got.filter((one) => numberOf(one) !== 500));
    expect(await trimTopic(server, topic)).toBe(500);
    await reader.subscription.close();
    expect((await (await subscribe()).take(1)).map(numberOf)).toEqual([500]);
    const theirs = unused();
    await server.command("XADD", theirs, "1-1", "a", "1");
    await short.provisioner.apply([needOf(theirs)]);
    expect(await trimTopic(server, theirs)).toBe(0);
  });
  test("dead letters are kept, and how long a topic is kept is only made longer", async () => {
    const needs = [needOf(topic), { ...needOf(unused()), dlq: true }];
    const shorter = await connect(url, { topics: { replicas: 1, retention: 3_600_000, partitions: 1 } });
    open.push(shorter);
    expect((await shorter.provisioner.apply(needs)).map(({ action, says }) => [action, says])).toEqual([["keep", "kept 7d, longer where a group has not acknowledged"], ["create", "kept until somebody removes it"]]);
    const longer = await connect(url, { topics: { replicas: 2, retention: 14 * 86_400_000, partitions: 1 } });
    open.push(longer);
    const [first] = await longer.provisioner.apply(needs);
    expect(first).toMatchObject({ action: "change", says: "kept 14d, longer where a group has not acknowledged", weak: [expect.stringContaining("0 replicas")] });
    expect((await shorter.provisioner.plan([{ ...needOf(topic), dedupeMs: 30 * 86_400_000 }]))[0]?.weak).toEqual([expect.stringContaining("set broker.topics.retention")]);
  });
  test("the server's promises: its log, its memory, and what to set", async () => {
    const said = async (): Promise<Record<string, string>> => Object.fromEntries((await broker.promises([])).map(({ what, is }) => [what, is]));
    expect(await said()).toEqual({ "power loss": "ok", eviction: "ok", replicas: "weak" });
    await server.command("CONFIG", "SET", "appendfsync", "everysec", "maxmemory-policy", "volatile-lru");
    try {
      expect(await said()).toEqual({ "power loss": "weak", eviction: "missing", replicas: "weak" });
    } finally {
      await server.command("CONFIG", "SET", "appendfsync", "always", "maxmemory-policy", "noeviction");
    }
  });
  /** As docs/brokers.md has it, without CONFIG. */
  const USER = ["~t-*", "~flowctl:*", "+@stream", "+@scripting", "+@string", "+@set", "+@keyspace", "+@hash", "+info", "+ping", "+time", "+select"];
  test("a user of the server's ACL: let in with its password, without its settings; not without it", async () => {
    const user = unused();
    await server.command("ACL", "SETUSER", user, "on", ">geheim", ...USER);
    const inside = await connect(url, { username: user, password: "geheim" });
    open.push(inside);
    expect(await inside.promises([])).toContainEqual({ what: "settings", is: "weak", says: expect.stringContaining("CONFIG GET") });
    const reader = await subscribe(inside, true);
    await inside.bus.publish([message(topic, "k", 1)]);
    await reader.subscription.ack(await reader.take(1));
    expect(await reader.subscription.lag()).toBe(0);
    expect((await inside.topics.topics()).map((one) => one.topic)).toContain(topic);
    const error: unknown = await connect(url, { username: user, password: "falsch" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InfraError);
    expect(error).toMatchObject({ code: "FC6043", message: expect.stringContaining("does not let flowctl in") });
    expect(String(error)).not.toContain("falsch");
    await server.command("ACL", "DELUSER", user);
  });
  test("what cannot be used is said in one sentence: nobody there, several servers, no address", async () => {
    await expect(connect("redis://127.0.0.1:1")).rejects.toThrow("Redis at 127.0.0.1:1 does not answer");
    await expect(connect(url, { urls: [url, url] })).rejects.toThrow("Redis takes one `url`");
    await expect(connect(url, { urls: ["http://x y"] })).rejects.toThrow("no address of a Redis server");
  });
});
