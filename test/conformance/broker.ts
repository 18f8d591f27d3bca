import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Broker, TopicNeed } from "../../src/core/ports/broker.js";
import type { Delivery } from "../../src/core/ports/bus.js";
import { message, numberOf, read, textOf, type Reader } from "./bus-reader.js";

export interface BrokerHarness {
  /** Another process, as it were. */
  connect(): Promise<Broker>;
  /** A name that nobody has used; nothing is there under it. */
  unused(): string;
  /** Lets that much of the server's time pass. */
  passes(ms: number): Promise<void>;
  /** Connects through a network that can be cut; null where the client cannot be cut off. */
  readonly network: { connect(): Promise<Broker>; cut(): Promise<void>; restore(): Promise<void> } | null;
  /** A pattern that takes `name` and everything under it; null where the broker has none. */
  readonly wildcard: ((name: string) => { readonly pattern: string; readonly under: string }) | null;
  /** A publication repeated under its id is stored once. */
  readonly dedupes: boolean;
}

export const needOf = (topic: string, ...groups: readonly string[]): TopicNeed => ({
  topic,
  groups: groups.map((group) => ({ group, from: "earliest" as const, ordered: false })),
  dedupeMs: null,
  dlq: false,
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

/** What every Broker promises (core/ports/broker.ts) beside its Bus: `busConformance` and `durableBusConformance` are the rest. */
export function brokerConformance(name: string, make: () => Promise<BrokerHarness>): void {
  describe(`broker conformance: ${name}`, () => {
    let harness: BrokerHarness;
    let broker: Broker;
    let topic: string;
    const open: AsyncDisposable[] = [];
    beforeEach(async () => {
      harness = await make();
      broker = await connect();
      topic = harness.unused();
    });
    afterEach(async () => {
      for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
    });
    async function connect(from: { connect(): Promise<Broker> } = harness): Promise<Broker> {
      const made = await from.connect();
      open.push(made);
      return made;
    }
    async function subscribe(at: Broker, ordered = false, group = "g", of = topic): Promise<Reader> {
      const reader = read(await at.bus.subscribe({ topic: of, group, from: "earliest", maxBatch: 10, ...(ordered ? { ordered } : {}) }));
      open.push(reader.subscription);
      return reader;
    }

    test("a plan changes nothing, applying it makes what is needed, and twice is once", async () => {
      const needs = [needOf(topic, "one"), needOf(harness.unused())];
      const planned = await broker.provisioner.plan(needs);
      expect(planned.some(({ of, action }) => of === "topic" && action === "create")).toBe(true);
      expect(await broker.provisioner.plan(needs)).toEqual(planned);
      await broker.provisioner.apply(needs);
      expect((await broker.provisioner.plan(needs)).filter(({ action }) => action !== "keep")).toEqual([]);
      expect((await broker.provisioner.apply(needs)).filter(({ action }) => action !== "keep")).toEqual([]);
    });
    test("applying deletes nothing: what flows no longer need stays, with its messages", async () => {
      await broker.provisioner.apply([needOf(topic, "g")]);
      await broker.bus.publish([message(topic, "k", 1)]);
      await broker.provisioner.apply([needOf(harness.unused())]);
      expect((await (await subscribe(broker)).take(1)).map(numberOf)).toEqual([1]);
    });
    test("what another process publishes comes here, as it was published", async () => {
      await broker.provisioner.apply([needOf(topic, "g")]);
      const reader = await subscribe(broker);
      await (await connect()).bus.publish([{ topic, key: "ключ", id: "1", headers: { "flowctl-id": "1", x: "ü", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }, body: '{"a":"😀"}' }]);
      const [delivery] = await reader.take(1);
      expect(delivery).toMatchObject({ topic, key: "ключ", headers: { "flowctl-id": "1", x: "ü", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } });
      expect(textOf(delivery)).toBe('{"a":"😀"}');
    });
    test("published again under its id: consumers can tell, and where the broker can it is there once", async () => {
      await broker.provisioner.apply([needOf(topic, "g")]);
      const reader = await subscribe(broker);
      await broker.bus.publish([message(topic, "k", 1)]);
      await broker.bus.publish([message(topic, "k", 1), message(topic, "k", 2)]);
      const got = await reader.take(harness.dedupes ? 2 : 3);
      expect(new Set(got.map(({ headers }) => headers["flowctl-id"]))).toEqual(new Set(["k-1", "k-2"]));
      expect(got.map(numberOf)).toEqual(harness.dedupes ? [1, 2] : [1, 1, 2]);
    });
    test("redriven it is another message", async () => {
      await broker.provisioner.apply([needOf(topic, "g")]);
      const reader = await subscribe(broker);
      const first = message(topic, "k", 1);
      await broker.bus.publish([first, { ...first, headers: { ...first.headers, "flowctl-redrive": "1" } }]);
      expect((await reader.take(2)).map(({ headers }) => headers["flowctl-redrive"])).toEqual([undefined, "1"]);
    });
    test("a topic is listed with its groups, and its messages are looked at without a group", async () => {
      await broker.provisioner.apply([needOf(topic, "g")]);
      const reader = await subscribe(broker);
      await broker.bus.publish(range(0, 5).map((at) => message(topic, "k", at)));
      await reader.subscription.ack((await reader.take(5)).slice(0, 2));
      const listed = (await broker.topics.topics()).find((one) => one.topic === topic);
      expect(listed).toMatchObject({ messages: 5, groups: [{ group: "g", lag: 3 }] });
      const last = await broker.topics.messages(topic, { last: 2 });
      expect(last.map(({ body }) => JSON.parse(body))).toEqual([{ at: 3 }, { at: 4 }]);
      expect(last[0]).toMatchObject({ topic, key: "k", headers: { "flowctl-id": "k-3" } });
      await broker.bus.publish([message(topic, "k", 5)]);
      expect((await broker.topics.messages(topic, { after: last[1]?.position ?? 0, limit: 10 })).map(({ body }) => JSON.parse(body))).toEqual([{ at: 5 }]);
      expect(await broker.topics.messages(harness.unused(), { last: 1 })).toEqual([]);
    });
    test("members come and go while handlers take their time: none is lost, and in the end nothing is left", async () => {
      await broker.provisioner.apply([needOf(topic, "g")]);
      const first = await subscribe(broker);
      await broker.bus.publish(range(0, 60).map((at) => message(topic, `k${at % 6}`, at)));
      const slow = await first.take(10);
      const second = await subscribe(await connect());
      const third = await subscribe(await connect());
      await harness.passes(300);
      await first.subscription.ack(slow);
      await third.subscription.close();
      const done = slow.map(numberOf);
      const fourth = await subscribe(await connect());
      await first.subscription.close();
      await takeUntil([second, fourth], done, range(0, 60));
      // What was at a reader when its partition went to another member may come there once more.
      while ((await second.subscription.lag()) > 0) await takeAll([second, fourth]);
    });
    for (const ordered of [false, true]) {
      test(`a member that is gone without a word: the next one has what it held${ordered ? ", in order" : ""}`, { timeout: 60_000 }, async (context) => {
        const { network } = harness;
        if (network === null) return context.skip();
        await broker.provisioner.apply([{ ...needOf(topic), groups: [{ group: "g", from: "earliest", ordered }] }]);
        await broker.bus.publish(range(0, 30).map((at) => message(topic, "k", at)));
        const gone = await subscribe(await connect(network), ordered);
        await gone.subscription.ack((await gone.take(10)).slice(0, 4));
        await network.cut();
        const next = await subscribe(broker, ordered);
        const done = [0, 1, 2, 3];
        await takeUntil([next], done, range(0, 30));
        if (ordered) expect(firsts(done)).toEqual(range(0, 30));
      });
    }
    test("published while the server is away: it is there when the server is back, once each and in order", { timeout: 60_000 }, async (context) => {
      const { network } = harness;
      if (network === null) return context.skip();
      await broker.provisioner.apply([needOf(topic, "g")]);
      const { bus } = await connect(network);
      const reader = await subscribe(broker);
      await bus.publish([message(topic, "k", 0)]);
      const under = bus.publish(range(1, 25).map((at) => message(topic, "k", at))).catch(() => again(() => bus.publish(range(1, 25).map((at) => message(topic, "k", at)))));
      await network.cut();
      const away = under.then(() => again(() => bus.publish(range(25, 50).map((at) => message(topic, "k", at)))));
      await harness.passes(500);
      await network.restore();
      await away;
      await bus.publish([message(topic, "k", 50)]);
      const done: number[] = [];
      await takeUntil([reader], done, range(0, 51));
      if (harness.dedupes) expect(firsts(done)).toEqual(range(0, 51));
    });
    test("one subscription takes all subjects of a pattern, each with its own name", async (context) => {
      const { wildcard } = harness;
      if (wildcard === null) return context.skip();
      const { pattern, under } = wildcard(topic);
      await broker.provisioner.apply([needOf(pattern, "g")]);
      const reader = await subscribe(broker, false, "g", pattern);
      await broker.bus.publish([message(under, "k", 1)]);
      expect((await reader.take(1)).map((one) => [one.topic, numberOf(one)])).toEqual([[under, 1]]);
    });
    test("what the server promises is said in sentences", async () => {
      await broker.provisioner.apply([needOf(topic)]);
      const found = await broker.promises([needOf(topic)]);
      expect(found.length).toBeGreaterThan(0);
      for (const { says } of found) expect(says.length).toBeGreaterThan(10);
    });
  });
}

/** Reads and acknowledges until `done` holds all of `wanted`. */
async function takeUntil(readers: readonly Reader[], done: number[], wanted: readonly number[]): Promise<void> {
  while (!wanted.every((one) => done.includes(one))) done.push(...(await takeAll(readers)));
}

/** What they have by now, acknowledged. */
async function takeAll(readers: readonly Reader[]): Promise<readonly number[]> {
  const taken: number[] = [];
  for (const { subscription, waiting, take } of readers) {
    const some: Delivery[] = await take(waiting());
    await again(() => subscription.ack(some));
    taken.push(...some.map(numberOf));
  }
  await new Promise<void>((resolve) => setImmediate(resolve));
  return taken;
}

/** As the runtime does: a broker that is away is asked again. */
async function again(act: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await act();
    } catch {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}

/** Where a message comes twice, its first time counts. */
const firsts = (numbers: readonly number[]): readonly number[] => [...new Set(numbers)];
