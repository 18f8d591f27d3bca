import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Bus, Delivery } from "../../src/core/ports/bus.js";
import { message, numberOf, read, textOf, type Reader } from "./bus-reader.js";

export interface DurableBusHarness {
  readonly bus: Bus;
  topic(): Promise<string>;
  passes(ms: number): Promise<void>;
  /** After the bus was closed: the same again, in a new process as it were. */
  reopen(): Promise<Bus>;
}

/** What a Bus promises that outlives the process, beside `busConformance`. */
export function durableBusConformance(name: string, make: () => Promise<DurableBusHarness>): void {
  for (const ordered of [false, true]) suite(`${name}${ordered ? ", ordered" : ""}`, make, ordered);
}

function suite(name: string, make: () => Promise<DurableBusHarness>, ordered: boolean): void {
  /** What comes again to another member comes in order where that was asked for. */
  const numbersOf = (got: readonly Delivery[]): number[] => (ordered ? got.map(numberOf) : got.map(numberOf).sort((a, b) => a - b));
  describe(`durable bus conformance: ${name}`, () => {
    let harness: DurableBusHarness;
    let bus: Bus;
    let topic: string;
    beforeEach(async () => {
      harness = await make();
      bus = harness.bus;
      topic = await harness.topic();
    });
    afterEach(async () => {
      await bus[Symbol.asyncDispose]();
    });
    const subscribe = async (group = "g", from: "latest" | "earliest" = "earliest"): Promise<Reader> => read(await bus.subscribe({ topic, group, from, maxBatch: 100, ...(ordered ? { ordered } : {}) }));
    const restart = async (): Promise<void> => {
      await bus[Symbol.asyncDispose]();
      bus = await harness.reopen();
    };
    const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

    test("what was published is there, as it was published and in order", async () => {
      await bus.publish([{ topic, key: "ключ", id: "first", headers: { "flowctl-id": "first", x: "ü" }, body: '{"a":"😀\\u0000"}' }]);
      await bus.publish(range(0, 1500).map((at) => message(topic, "ключ", at)));
      await restart();
      const reader = await subscribe();
      const [first, ...rest] = await reader.take(1501);
      expect(first).toMatchObject({ topic, key: "ключ", headers: { "flowctl-id": "first", x: "ü" }, attempt: 1 });
      expect(textOf(first)).toBe('{"a":"😀\\u0000"}');
      expect(rest.map(numberOf)).toEqual(range(0, 1500));
    });
    test("offsets go on and timestamps stay", async () => {
      const before = await subscribe("before");
      await bus.publish([message(topic, "k", 1)]);
      const [one] = await before.take(1);
      await restart();
      await bus.publish([message(topic, "k", 2)]);
      const after = await subscribe("after");
      const [again, two] = await after.take(2);
      expect(again).toEqual(one);
      expect(BigInt(two?.offset ?? "")).toBeGreaterThan(BigInt(one?.offset ?? ""));
    });
    test("what was acknowledged does not come again, the rest does, before what is new", async () => {
      const first = await subscribe();
      await bus.publish(range(0, 10).map((at) => message(topic, "k", at)));
      await first.subscription.ack((await first.take(10)).slice(0, 4));
      await restart();
      await bus.publish([message(topic, "k", 10)]);
      const second = await subscribe();
      expect(numbersOf(await second.take(7))).toEqual(range(4, 11));
      expect(await second.subscription.lag()).toBe(7);
    });
    test("a group with nothing to do has nothing to do", async () => {
      const first = await subscribe();
      await bus.publish(range(0, 10).map((at) => message(topic, `k${at}`, at)));
      await first.subscription.ack(await first.take(10));
      await restart();
      const second = await subscribe();
      expect(await second.subscription.lag()).toBe(0);
      await bus.publish([message(topic, "k", 10)]);
      expect((await second.take(1)).map(numberOf)).toEqual([10]);
    });
    test("a group that began at the end goes on where it was, not at the end", async () => {
      await bus.publish([message(topic, "k", 0)]);
      await subscribe("late", "latest");
      await bus.publish([message(topic, "k", 1)]);
      await restart();
      await bus.publish([message(topic, "k", 2)]);
      const reader = await subscribe("late", "latest");
      expect((await reader.take(2)).map(numberOf)).toEqual([1, 2]);
    });
    test("groups are where each of them was", async () => {
      const [one, two] = [await subscribe("one"), await subscribe("two")];
      await bus.publish(range(0, 6).map((at) => message(topic, "k", at)));
      await one.subscription.ack(await one.take(6));
      await two.subscription.ack((await two.take(6)).slice(0, 2));
      await restart();
      const again = await subscribe("two");
      expect(numbersOf(await again.take(4))).toEqual(range(2, 6));
      expect(await (await subscribe("one")).subscription.lag()).toBe(0);
    });
    test("given back and restarted before its delay: comes again", async () => {
      const first = await subscribe();
      await bus.publish([message(topic, "k", 1), message(topic, "k", 2)]);
      const [one, two] = await first.take(2);
      if (one === undefined || two === undefined) throw new Error("two messages were published");
      await first.subscription.giveBack([one], 60_000);
      await first.subscription.ack([two]);
      await restart();
      const second = await subscribe();
      expect((await second.take(1)).map(numberOf)).toEqual([1]);
    });
  });
}
