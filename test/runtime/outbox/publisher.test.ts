import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import { type Bus, type TextMessage, PublishRefused } from "../../../src/core/ports/bus.js";
import type { Store } from "../../../src/core/ports/store.js";
import { shardPrefix } from "../../../src/core/run-id.js";
import { createPublisher } from "../../../src/runtime/outbox/publisher.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { HOOKS } from "./hooks.js";

const RUN = `${shardPrefix(2)}run`;
const message = (at: number, key: string | null = "k"): TextMessage => ({ topic: "t", key, id: `${RUN}/e/${at}`, headers: {}, body: String(at) });

/** A bus whose publishing is in the test's hands. */
function busWith(publish: Bus["publish"]): Bus {
  return { from: "earliest", publish, subscribe: () => Promise.reject(new Error("nobody reads here")), [Symbol.asyncDispose]: async () => undefined };
}

async function storeWith(messages: readonly TextMessage[]): Promise<Store> {
  const store = createMemoryStore();
  const event = { type: "run.started", run: RUN, seq: 0, at: 0, data: { now: 0 } } as const;
  await store.commit([{ run: RUN, expectedSeq: -1, entryId: "e", fence: null, events: [event], index: messages.map((one) => ({ op: "outbox.put", message: one })) }]);
  return store;
}

describe("outbox publisher (I22)", () => {
  test("publishes in order, then marks", async () => {
    const all = Array.from({ length: 1200 }, (_, at) => message(at));
    const store = await storeWith(all);
    const sent: string[] = [];
    const left: number[] = [];
    const bus = busWith(async (messages) => {
      left.push((await store.outbox(2, 10_000)).length);
      sent.push(...messages.map((one) => String(one.body)));
    });
    let idle = 0;
    const publisher = createPublisher({ store, bus, clock: virtualClock() }, { ...HOOKS, idle: () => void (idle += 1) });
    for (const one of all) publisher.put(RUN, one);
    expect(publisher.waiting()).toBe(1200);
    await turns(4);
    expect(sent).toEqual(all.map((one) => one.body));
    // Nothing is marked before the call that publishes it has ended.
    expect(left).toEqual([1200, 700, 200]);
    expect(await store.outbox(2, 10)).toEqual([]);
    expect(publisher.waiting()).toBe(0);
    expect(idle).toBe(1);
  });
  test("what waits when its shard goes to another process is that one's to publish", async () => {
    const store = await storeWith([message(1), message(2)]);
    const sent: string[] = [];
    let mine = true;
    const publisher = createPublisher({ store, bus: busWith(async (messages) => void sent.push(...messages.map(({ id }) => id))), clock: virtualClock() }, { ...HOOKS, owns: () => mine });
    publisher.put(RUN, message(1));
    await turns();
    mine = false;
    publisher.put(RUN, message(2));
    await turns();
    expect(sent).toEqual([message(1).id]);
    expect((await store.outbox(2, 10)).map(({ message: { id } }) => id)).toEqual([message(2).id]);
    expect(publisher.waiting()).toBe(0);
  });
  test("an outage delays and loses nothing; the same ids again, later ones wait", async () => {
    const store = await storeWith([message(1), message(2)]);
    const clock = virtualClock();
    const calls: string[][] = [];
    const bus = busWith(async (messages) => {
      calls.push(messages.map((one) => one.id));
      if (calls.length < 4) throw new Error("no broker");
    });
    const publisher = createPublisher({ store, bus, clock }, HOOKS);
    publisher.put(RUN, message(1));
    await turns();
    publisher.put(RUN, message(2));
    await clock.advance(60_000);
    expect(calls).toEqual([[message(1).id], [message(1).id], [message(1).id], [message(1).id], [message(2).id]]);
    expect(await store.outbox(2, 10)).toEqual([]);
  });
  test("once it is stopped nothing more is published, neither what an outage held back nor what comes later", async () => {
    const store = await storeWith([message(1), message(2)]);
    const clock = virtualClock();
    let calls = 0;
    const bus = busWith(async () => {
      calls += 1;
      throw new Error("no broker");
    });
    const publisher = createPublisher({ store, bus, clock }, HOOKS);
    publisher.put(RUN, message(1));
    await turns();
    expect(calls).toBe(1);
    publisher.stop();
    publisher.put(RUN, message(2));
    await clock.advance(60_000);
    expect(calls).toBe(1);
    expect(await store.outbox(2, 10)).toHaveLength(2);
  });
  test("what the broker will never take is kept as a dead letter, the rest is published", async () => {
    const store = await storeWith([message(1), message(2), message(3)]);
    const sent: string[] = [];
    const bus = busWith(async (messages) => {
      const huge = messages.filter((one) => one.body === "2");
      if (huge.length > 0) throw new PublishRefused(huge.map(({ id }) => ({ id, reason: "too large" })));
      sent.push(...messages.map((one) => String(one.body)));
    });
    const publisher = createPublisher({ store, bus, clock: virtualClock() }, HOOKS);
    for (const at of [1, 2, 3]) publisher.put(RUN, message(at));
    await turns(3);
    expect(sent).toEqual(["1", "3"]);
    expect((await store.deadLetters({ limit: 10 })).map((row) => [row.id, row.letter["raw"], row.letter["run"]])).toEqual([[message(2).id, "2", RUN]]);
    expect(await store.outbox(2, 10)).toEqual([]);
  });
  test("what went with it and is stored is not published again: some brokers store it twice", async () => {
    const store = await storeWith([message(1), message(2), message(3)]);
    const sent: string[] = [];
    const bus = busWith(async (messages) => {
      const huge = messages.filter((one) => one.body === "2");
      sent.push(...messages.flatMap((one) => (huge.includes(one) ? [] : [String(one.body)])));
      if (huge.length > 0) throw new PublishRefused(huge.map(({ id }) => ({ id, reason: "too large" })), new Set());
    });
    const publisher = createPublisher({ store, bus, clock: virtualClock() }, HOOKS);
    for (const at of [1, 2, 3]) publisher.put(RUN, message(at));
    await turns(3);
    expect([sent, (await store.deadLetters({ limit: 10 })).map(({ id }) => id), await store.outbox(2, 10)]).toEqual([["1", "3"], [message(2).id], []]);
  });
  test("it is a dead letter before it leaves the outbox", async () => {
    const store = createMemoryStore();
    const row = { run: RUN, flow: "orders", hash: "h", admittedAt: 1, status: null, waits: [], finishedAt: null, lane: null, error: null };
    await store.commit([{ run: RUN, expectedSeq: -1, entryId: "e", fence: null, events: [{ type: "run.started", run: RUN, seq: 0, at: 0, data: { now: 0 } }], index: [{ op: "run.row", row }, { op: "outbox.put", message: message(1) }] }]);
    const kept = Promise.withResolvers<void>();
    const slow: Store = { ...store, putDeadLetters: (rows) => kept.promise.then(() => store.putDeadLetters(rows)) };
    const bus = busWith(async (messages) => {
      throw new PublishRefused(messages.map(({ id }) => ({ id, reason: "too large" })));
    });
    const publisher = createPublisher({ store: slow, bus, clock: virtualClock() }, HOOKS);
    publisher.put(RUN, message(1));
    await turns(3);
    expect(await store.outbox(2, 10)).toHaveLength(1);
    kept.resolve();
    await turns(3);
    expect([await store.outbox(2, 10), (await store.deadLetters({ limit: 10 })).map(({ id, flow, letter }) => [id, flow, letter["key"]])]).toEqual([[], [[message(1).id, "orders", "k"]]]);
  });
  test("a bug of the bus is no outage: it is told, and nothing is tried again", async () => {
    const store = await storeWith([message(1)]);
    const clock = virtualClock();
    let calls = 0;
    const bus = busWith(async () => {
      calls += 1;
      throw new TypeError("messages.forEach is not a function");
    });
    const told: unknown[] = [];
    const publisher = createPublisher({ store, bus, clock }, { ...HOOKS, failed: (cause) => told.push(cause) });
    publisher.put(RUN, message(1));
    await turns();
    await clock.advance(60_000);
    expect([calls, told]).toEqual([1, [new TypeError("messages.forEach is not a function")]]);
    expect(await store.outbox(2, 10)).toHaveLength(1);
  });
  test("what an earlier process left is published", async () => {
    const store = await storeWith([message(1), message(2)]);
    const sent: string[] = [];
    const publisher = createPublisher({ store, bus: busWith(async (messages) => void sent.push(...messages.map((one) => String(one.body)))), clock: virtualClock() }, HOOKS);
    await publisher.recover([2]);
    await turns(3);
    expect(sent).toEqual(["1", "2"]);
  });
  test("looked up again, what is on its way goes once; what the store has forgotten to be published goes again", async () => {
    const kept = await storeWith([message(1), message(2)]);
    // As a store that reads them from a disk.
    const store: Store = { ...kept, outbox: async (shard, limit) => structuredClone(await kept.outbox(shard, limit)) };
    const sent: string[] = [];
    const slow = Promise.withResolvers<void>();
    const publisher = createPublisher({ store, bus: busWith(async (messages) => {
      sent.push(...messages.map((one) => String(one.body)));
      await slow.promise;
    }), clock: virtualClock() }, HOOKS);
    publisher.put(RUN, message(1));
    await turns(3);
    await publisher.recover([2]);
    await publisher.recover([2]);
    slow.resolve();
    await turns(5);
    expect(sent).toEqual(["1", "2"]);
    expect(await store.outbox(2, 10)).toEqual([]);
  });
  test("a store that crashes while a batch is marked and forgets its first marks is told them again", async () => {
    const [left, right] = [shardPrefix(2), shardPrefix(3)].map((shard) => `${shard}run`);
    const rows = [left, right].map((run) => ({ run: run ?? "", message: { ...message(1), id: `${run}/e/1` } }));
    const unmarked = new Set(rows.map((row) => row.message.id));
    let crashes = 1;
    const published: Store["published"] = async (_shard, ids) => {
      if (unmarked.size === 1 && crashes > 0) {
        crashes -= 1;
        for (const row of rows) unmarked.add(row.message.id);
        throw new Error("the server is away");
      }
      for (const id of ids) unmarked.delete(id);
    };
    const outbox: Store["outbox"] = async (shard) => rows.filter(({ run, message: { id } }) => run.startsWith(shardPrefix(shard)) && unmarked.has(id)).map((row, position) => ({ ...row, position }));
    const clock = virtualClock();
    const sent: string[] = [];
    const publisher = createPublisher({ store: { ...createMemoryStore(), published, outbox }, bus: busWith(async (messages) => void sent.push(...messages.map(({ id }) => id))), clock }, HOOKS);
    for (const row of rows) publisher.put(row.run, row.message);
    await turns(3);
    // The server is back, and has been asked before the batch is through.
    await publisher.recover([2, 3]);
    await clock.advance(60_000);
    expect([sent, [...unmarked]]).toEqual([rows.map((row) => row.message.id), []]);
  });
  test("stopped in an outage: the rest stays in the store", async () => {
    const store = await storeWith([message(1)]);
    const clock = virtualClock();
    const publisher = createPublisher({ store, bus: busWith(() => Promise.reject(new Error("no broker"))), clock }, HOOKS);
    publisher.put(RUN, message(1));
    await turns();
    publisher.stop();
    await clock.advance(60_000);
    expect(await store.outbox(2, 10)).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });
});
