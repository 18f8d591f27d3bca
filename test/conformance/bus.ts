import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leftToPublish } from "../../src/core/left-to-publish.js";
import type { Bus, Delivery } from "../../src/core/ports/bus.js";
import { PublishRefused } from "../../src/core/ports/bus.js";
import { message, numberOf, read, textOf, type Reader } from "./bus-reader.js";

export interface BusHarness {
  readonly bus: Bus;
  /** The name of a topic that exists and that nobody has used. */
  topic(): Promise<string>;
  /** Lets that much of the bus's time pass. */
  passes(ms: number): Promise<void>;
  /** Bytes of a message that the broker refuses. */
  readonly tooLarge: number;
}

/** What every Bus promises (core/ports/bus.ts), for each adapter. */
export function busConformance(name: string, make: () => Promise<BusHarness>): void {
  for (const ordered of [false, true]) suite(`${name}${ordered ? ", ordered" : ""}`, make, ordered);
}

function suite(name: string, make: () => Promise<BusHarness>, ordered: boolean): void {
  describe(`bus conformance: ${name}`, () => {
    let harness: BusHarness;
    let bus: Bus;
    let topic: string;
    const open: Reader[] = [];
    beforeEach(async () => {
      harness = await make();
      bus = harness.bus;
      topic = await harness.topic();
    });
    afterEach(async () => {
      for (const reader of open.splice(0)) await reader.subscription.close();
      await bus[Symbol.asyncDispose]();
    });
    const subscribe = async (group = "g", from: "latest" | "earliest" = "earliest", maxBatch = 100): Promise<Reader> => {
      const reader = read(await bus.subscribe({ topic, group, from, maxBatch, ...(ordered ? { ordered } : {}) }));
      open.push(reader);
      return reader;
    };

    test("bytes come as they were published, also where they are no text", async () => {
      const body = Uint8Array.from([0, 0, 0, 0, 1, 0xff, 0xfe, 0x80, 0x0a, 0x22]);
      await bus.publish([{ topic, key: "k", id: "b1", headers: { x: "1" }, body }, { topic, key: "k", id: "b2", headers: {}, body: "{}" }]);
      const [bytes, text] = await (await subscribe()).take(2);
      expect(Buffer.from(bytes?.body ?? "").toString("hex")).toBe(Buffer.from(body).toString("hex"));
      expect(bytes?.headers).toEqual({ x: "1" });
      expect(textOf(text)).toBe("{}");
    });

    test("what is published comes as it was published", async () => {
      const reader = await subscribe();
      await bus.publish([{ topic, key: "k", id: "1", headers: { "flowctl-id": "1", x: "ü" }, body: '{"a":"😀"}' }]);
      const [delivery] = await reader.take(1);
      expect(delivery).toMatchObject({ topic, key: "k", headers: { "flowctl-id": "1", x: "ü" }, attempt: 1 });
      expect(textOf(delivery)).toBe('{"a":"😀"}');
      expect(delivery?.offset).toMatch(/^\d+$/);
      expect(delivery?.timestamp).toBeGreaterThan(0);
    });
    test("messages of one key come in order", async () => {
      const reader = await subscribe("g", "earliest", 7);
      await bus.publish(Array.from({ length: 50 }, (_, at) => message(topic, `k${at % 5}`, at)));
      await bus.publish(Array.from({ length: 50 }, (_, at) => message(topic, `k${at % 5}`, 50 + at)));
      const got = await reader.take(100);
      for (let key = 0; key < 5; key += 1) {
        const ofKey = got.filter((one) => one.key === `k${key}`).map(numberOf);
        expect(ofKey).toEqual(Array.from({ length: 20 }, (_, at) => at * 5 + key));
      }
    });
    test("messages without a key come in order", async () => {
      const reader = await subscribe();
      await bus.publish(Array.from({ length: 20 }, (_, at) => message(topic, null, at)));
      expect((await reader.take(20)).map(numberOf)).toEqual(Array.from({ length: 20 }, (_, at) => at));
    });
    test("offsets grow within a partition", async () => {
      const reader = await subscribe();
      await bus.publish(Array.from({ length: 40 }, (_, at) => message(topic, `k${at}`, at)));
      const last = new Map<number, bigint>();
      for (const { partition, offset } of await reader.take(40)) {
        expect(BigInt(offset)).toBeGreaterThan(last.get(partition) ?? -1n);
        last.set(partition, BigInt(offset));
      }
    });
    test("a batch is never empty and never larger than asked for", async () => {
      const reader = await subscribe("g", "earliest", 3);
      await bus.publish(Array.from({ length: 10 }, (_, at) => message(topic, "k", at)));
      await reader.take(10);
      expect(reader.sizes.every((size) => size >= 1 && size <= 3)).toBe(true);
    });
    test("a group that has never read begins where `from` says", async () => {
      await bus.publish([message(topic, "k", 1)]);
      const earliest = await subscribe("early", "earliest");
      const latest = await subscribe("late", "latest");
      await bus.publish([message(topic, "k", 2)]);
      expect((await earliest.take(2)).map(numberOf)).toEqual([1, 2]);
      expect((await latest.take(1)).map(numberOf)).toEqual([2]);
    });
    test("two groups each get everything", async () => {
      const one = await subscribe("one");
      const two = await subscribe("two");
      await bus.publish([message(topic, "a", 1), message(topic, "b", 2)]);
      const first = await one.take(2);
      await one.subscription.ack(first);
      expect((await two.take(2)).map(numberOf).sort()).toEqual([1, 2]);
    });
    test("two members of one group share: each message once, and where they are ordered one key at one member", async () => {
      const one = await subscribe("g", "earliest", 5);
      const two = await subscribe("g", "earliest", 5);
      await bus.publish(Array.from({ length: 100 }, (_, at) => message(topic, `k${at % 20}`, at)));
      const got = await takeAll([one, two], 100);
      expect(got.flat().map(numberOf).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at));
      const keys = got.map((list) => new Set(list.map((delivery) => delivery.key)));
      if (ordered) expect([...(keys[0] ?? [])].filter((key) => keys[1]?.has(key))).toEqual([]);
    });
    test("what is acknowledged does not come again after a restart of the subscription", async () => {
      const first = await subscribe();
      await bus.publish(Array.from({ length: 10 }, (_, at) => message(topic, "k", at)));
      const got = await first.take(10);
      await first.subscription.ack(got.slice(0, 6));
      await first.subscription.close();
      const second = await subscribe();
      const again = await second.take(4);
      expect(again.map(numberOf).sort((a, b) => a - b)).toEqual([6, 7, 8, 9]);
      await second.subscription.ack(again);
      await bus.publish([message(topic, "k", 99)]);
      expect((await second.take(1)).map(numberOf)).toEqual([99]);
    });
    test("acknowledged in any order", async () => {
      const first = await subscribe();
      await bus.publish(Array.from({ length: 10 }, (_, at) => message(topic, "k", at)));
      const got = await first.take(10);
      for (const delivery of got.toReversed()) await first.subscription.ack([delivery]);
      await first.subscription.close();
      const second = await subscribe();
      await bus.publish([message(topic, "k", 10)]);
      expect((await second.take(1)).map(numberOf)).toEqual([10]);
      expect(await second.subscription.lag()).toBe(1);
    });
    test("what is behind a gap may come again, what was never acknowledged does", async () => {
      const first = await subscribe();
      await bus.publish(Array.from({ length: 6 }, (_, at) => message(topic, "k", at)));
      const got = await first.take(6);
      await first.subscription.ack(got.filter((one) => numberOf(one) !== 2));
      await first.subscription.close();
      const second = await subscribe();
      expect((await second.take(1)).map(numberOf)).toEqual([2]);
    });
    test("an acknowledgement after close has no effect", async () => {
      const first = await subscribe();
      await bus.publish([message(topic, "k", 1)]);
      const got = await first.take(1);
      await first.subscription.close();
      await first.subscription.ack(got);
      const second = await subscribe();
      expect((await second.take(1)).map(numberOf)).toEqual([1]);
    });
    test("given back: comes again, not before its delay, and others go on", async () => {
      const reader = await subscribe();
      await bus.publish([message(topic, "k", 1), message(topic, "k", 2)]);
      const [one, two] = await reader.take(2);
      if (one === undefined || two === undefined) throw new Error("two messages were published");
      await reader.subscription.giveBack([one], 2000);
      await reader.subscription.ack([two]);
      await harness.passes(200);
      await bus.publish([message(topic, "k", 3)]);
      const [three] = await reader.take(1);
      expect(numberOf(three)).toBe(3);
      expect(await reader.subscription.lag()).toBe(2);
      await harness.passes(1800);
      const [again] = await reader.take(1);
      expect(numberOf(again)).toBe(1);
      expect(again?.attempt).toBeGreaterThanOrEqual(1);
    });
    test("given back and closed: the next member gets it", async () => {
      const first = await subscribe();
      await bus.publish([message(topic, "k", 1)]);
      await first.subscription.giveBack(await first.take(1), 50);
      await first.subscription.close();
      const second = await subscribe();
      await harness.passes(100);
      expect((await second.take(1)).map(numberOf)).toEqual([1]);
    });
    test("paused: nothing new until resumed; publishing goes on", async () => {
      const reader = await subscribe("g", "earliest", 1);
      await bus.publish([message(topic, "k", 1)]);
      await reader.take(1);
      reader.subscription.pause();
      await bus.publish([message(topic, "k", 2), message(topic, "k", 3), message(topic, "k", 4)]);
      await harness.passes(100);
      // The batch that was under way may still come.
      expect(reader.waiting()).toBeLessThanOrEqual(1);
      reader.subscription.resume();
      expect((await reader.take(3)).map(numberOf)).toEqual([2, 3, 4]);
    });
    test("lag counts what is not acknowledged, in flight or not", async () => {
      const reader = await subscribe();
      expect(await reader.subscription.lag()).toBe(0);
      await bus.publish([message(topic, "k", 1), message(topic, "k", 2), message(topic, "k", 3)]);
      expect(await reader.subscription.lag()).toBe(3);
      const got = await reader.take(3);
      expect(await reader.subscription.lag()).toBe(3);
      await reader.subscription.ack(got);
      expect(await reader.subscription.lag()).toBe(0);
    });
    test("a reader that waits ends when its subscription is closed", async () => {
      const reader = await subscribe();
      const end = reader.ended;
      await reader.subscription.close();
      await end;
      await reader.subscription.close();
    });
    test("a message of 900 KB comes whole; one that is too large is refused by name", async () => {
      const reader = await subscribe();
      const body = JSON.stringify("x".repeat(900_000));
      await bus.publish([{ ...message(topic, "k", 1), body }]);
      expect(textOf((await reader.take(1))[0])).toBe(body);
      const refused = { ...message(topic, "k", 2), id: "huge", body: "y".repeat(harness.tooLarge) };
      const error: unknown = await bus.publish([refused]).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PublishRefused);
      expect(error instanceof PublishRefused && error.refused.map(({ id }) => id)).toEqual(["huge"]);
    });
    test("what is published while nobody reads is kept for the group", async () => {
      const first = await subscribe();
      await bus.publish([message(topic, "k", 0)]);
      await first.subscription.ack(await first.take(1));
      await first.subscription.close();
      await bus.publish(Array.from({ length: 300 }, (_, at) => message(topic, `k${at % 3}`, at)));
      const second = await subscribe("g", "latest");
      expect((await second.take(300)).map(numberOf).sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, at) => at));
    });
    test("order holds over calls of publish that nobody waited for", async () => {
      const reader = await subscribe();
      await Promise.all(Array.from({ length: 40 }, (_, at) => bus.publish([message(topic, "k", 2 * at), message(topic, "k", 2 * at + 1)])));
      expect((await reader.take(80)).map(numberOf)).toEqual(Array.from({ length: 80 }, (_, at) => at));
    });
    test("a call of a thousand messages comes whole and in order", async () => {
      const reader = await subscribe();
      await bus.publish(Array.from({ length: 3000 }, (_, at) => message(topic, "k", at)));
      expect((await reader.take(3000)).map(numberOf)).toEqual(Array.from({ length: 3000 }, (_, at) => at));
    });
    test("messages without an id are all different", async () => {
      const reader = await subscribe();
      for (let call = 0; call < 2; call += 1) await bus.publish([1, 2].map((at) => ({ topic, key: null, id: "", headers: {}, body: String(call * 2 + at) })));
      expect((await reader.take(4)).map(textOf)).toEqual(["1", "2", "3", "4"]);
    });
    test("topics are apart, and publishing nothing is nothing", async () => {
      const other = await harness.topic();
      const reader = await subscribe();
      await bus.publish([]);
      await bus.publish([message(other, "k", 1), message(topic, "k", 2)]);
      const [only] = await reader.take(1);
      expect([only?.topic, numberOf(only)]).toEqual([topic, 2]);
      expect(await reader.subscription.lag()).toBe(1);
    });
    test("what a member held when it left comes to one that is there", async () => {
      const first = await subscribe();
      await bus.publish(Array.from({ length: 20 }, (_, at) => message(topic, `k${at}`, at)));
      const got = await first.take(20);
      await first.subscription.ack(got.slice(0, 5));
      const second = await subscribe();
      await first.subscription.close();
      const rest = got.slice(5).map(numberOf);
      expect((await second.take(15)).map(numberOf).sort((a, b) => a - b)).toEqual(rest.sort((a, b) => a - b));
    });
    test("an acknowledgement of what was given back has no effect", async () => {
      const reader = await subscribe();
      await bus.publish([message(topic, "k", 1)]);
      const got = await reader.take(1);
      await reader.subscription.giveBack(got, 50);
      await reader.subscription.ack(got);
      await harness.passes(100);
      expect((await reader.take(1)).map(numberOf)).toEqual([1]);
    });
    test("given back again and again: comes each time, and then can be acknowledged", async () => {
      const reader = await subscribe();
      await bus.publish([message(topic, "k", 1)]);
      for (let time = 0; time < 3; time += 1) {
        await reader.subscription.giveBack(await reader.take(1), 50);
        await harness.passes(100);
      }
      await reader.subscription.ack(await reader.take(1));
      expect(await reader.subscription.lag()).toBe(0);
    });
    test("the others of a call with a refused message can be published again", async () => {
      const reader = await subscribe();
      const good = message(topic, "k", 1);
      await expect(bus.publish([good, { ...message(topic, "k", 2), body: "y".repeat(harness.tooLarge) }])).rejects.toBeInstanceOf(PublishRefused);
      await bus.publish([good]);
      expect((await reader.take(1)).map(numberOf)).toEqual([1]);
    });
    test("what went with a refused message, and is not to be published again, is stored once", async () => {
      const reader = await subscribe();
      const all = [1, 2, 3, 4].map((at) => message(topic, "k", at)).toSpliced(2, 0, { ...message(topic, "k", 9), body: "y".repeat(harness.tooLarge) });
      const error: unknown = await bus.publish(all).catch((thrown: unknown) => thrown);
      if (!(error instanceof PublishRefused)) throw new Error("nothing was refused");
      await bus.publish(leftToPublish(all, error));
      await bus.publish([message(topic, "k", 5)]);
      const numbers: number[] = [];
      while (!numbers.includes(5)) numbers.push(...(await reader.take(1)).map(numberOf));
      expect(numbers).toEqual([1, 2, 3, 4, 5]);
    });
    test("messages around a refused one of their key keep their order, over the repetition too", async () => {
      const reader = await subscribe();
      const good = [1, 2, 3, 4].map((at) => message(topic, "k", at));
      const huge = { ...message(topic, "k", 9), body: "y".repeat(harness.tooLarge) };
      await expect(bus.publish([...good.slice(0, 2), huge, ...good.slice(2)])).rejects.toBeInstanceOf(PublishRefused);
      await bus.publish(good);
      await bus.publish([message(topic, "k", 5)]);
      const firsts = new Set<number>();
      while (!firsts.has(5)) firsts.add(numberOf((await reader.take(1))[0]));
      expect([...firsts]).toEqual([1, 2, 3, 4, 5]);
    });
    test.runIf(ordered)("what a member of an ordered group leaves comes in order to one that is there", async () => {
      const first = await subscribe();
      await bus.publish(Array.from({ length: 20 }, (_, at) => message(topic, "k", at)));
      const got = await first.take(20);
      await first.subscription.ack(got.slice(0, 5));
      const second = await subscribe();
      await bus.publish([message(topic, "k", 20)]);
      await first.subscription.close();
      expect((await second.take(16)).map(numberOf)).toEqual(Array.from({ length: 16 }, (_, at) => at + 5));
    });
    test("a group that is far behind gets everything in order beside one that is not", async () => {
      const near = await subscribe("near");
      const far = await subscribe("far", "earliest", 10);
      far.subscription.pause();
      const body = "z".repeat(2000);
      for (let round = 0; round < 20; round += 1) {
        await bus.publish(Array.from({ length: 100 }, (_, at) => ({ ...message(topic, "k", round * 100 + at), body: JSON.stringify({ at: round * 100 + at, body }) })));
        await near.subscription.ack(await near.take(100));
      }
      far.subscription.resume();
      expect((await far.take(2000)).map(numberOf)).toEqual(Array.from({ length: 2000 }, (_, at) => at));
      expect(await near.subscription.lag()).toBe(0);
    });
  });
}

/** Acknowledges as it reads, until `count` came in all. */
async function takeAll(readers: readonly Reader[], count: number): Promise<readonly Delivery[][]> {
  const got = readers.map((): Delivery[] => []);
  while (got.flat().length < count) {
    for (const [at, reader] of readers.entries()) {
      const some = await reader.take(reader.waiting());
      await reader.subscription.ack(some);
      got[at]?.push(...some);
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return got;
}
