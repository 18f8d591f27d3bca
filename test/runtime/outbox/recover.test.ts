import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Bus, TextMessage } from "../../../src/core/ports/bus.js";
import type { CommitItem } from "../../../src/core/ports/store.js";
import { shardPrefix } from "../../../src/core/run-id.js";
import { createPublisher } from "../../../src/runtime/outbox/publisher.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";
import { HOOKS } from "./hooks.js";

const RUN = `${shardPrefix(2)}run`;
const message = (at: number): TextMessage => ({ topic: "t", key: "k", id: `${RUN}/e/${at}`, headers: {}, body: String(at) });
const busInto = (sent: string[]): Bus => ({ from: "earliest", publish: async (messages) => void sent.push(...messages.map(({ body }) => String(body))), subscribe: () => Promise.reject(new Error("nobody reads here")), [Symbol.asyncDispose]: async () => undefined });
const itemOf = (messages: readonly TextMessage[]): CommitItem => ({ run: RUN, expectedSeq: -1, entryId: "e", fence: null, events: [{ type: "run.started", run: RUN, seq: 0, at: 0, data: { now: 0 } }], index: messages.map((one) => ({ op: "outbox.put", message: one })) });

test("what is published while another shard's outbox is read is not published again (I22)", async () => {
  const store = createMemoryStore();
  await store.commit([itemOf([message(1), message(2)])]);
  const sent: string[] = [];
  const bus = busInto(sent);
  const slow = Promise.withResolvers<void>();
  const outbox: typeof store.outbox = async (shard, limit) => {
    const rows = await store.outbox(shard, limit);
    if (shard === 3) await slow.promise;
    return rows;
  };
  const publisher = createPublisher({ store: { ...store, outbox }, bus, clock: virtualClock() }, HOOKS);
  publisher.put(RUN, message(1));
  publisher.put(RUN, message(2));
  // As after a LISTEN that was lost: while it reads, the two are published and marked.
  const recovering = publisher.recover([2, 3]);
  await turns(4);
  slow.resolve();
  await recovering;
  await turns(4);
  expect(sent).toEqual(["1", "2"]);
});

test("I22: what is left in the outbox is published in the order in which it came, over shards", async () => {
  const store = createMemoryStore();
  for (const [at, shard] of [3, 2, 3].entries()) {
    const run = `${shardPrefix(shard)}run${at}`;
    await store.commit([{ run, expectedSeq: -1, entryId: run, fence: null, events: [{ type: "run.started", run, seq: 0, at: 0, data: { now: 0 } }], index: [{ op: "outbox.put", message: { ...message(at), id: `${run}/e` } }] }]);
  }
  const sent: string[] = [];
  const bus = busInto(sent);
  const publisher = createPublisher({ store, bus, clock: virtualClock() }, HOOKS);
  await publisher.recover([2, 3]);
  await turns(4);
  expect(sent).toEqual(["0", "1", "2"]);
});

test("what is being marked when the outbox is read is not published again, though the store still has it (I22)", async () => {
  const store = createMemoryStore();
  await store.commit([itemOf([message(1)])]);
  const sent: string[] = [];
  const marking = Promise.withResolvers<void>();
  const reading = Promise.withResolvers<void>();
  const published: typeof store.published = async (shard, ids) => {
    await marking.promise;
    return store.published(shard, ids);
  };
  const outbox: typeof store.outbox = async (shard, limit) => {
    const rows = await store.outbox(shard, limit);
    await reading.promise;
    return rows;
  };
  const publisher = createPublisher({ store: { ...store, published, outbox }, bus: busInto(sent), clock: virtualClock() }, HOOKS);
  publisher.put(RUN, message(1));
  await turns(4);
  const recovering = publisher.recover([2]);
  marking.resolve();
  await turns(4);
  expect(publisher.waiting()).toBe(0);
  reading.resolve();
  await recovering;
  await turns(4);
  expect(sent).toEqual(["1"]);
});

test("what a commit has brought there whose answer is still under way is its to publish (I22)", async () => {
  const store = createMemoryStore();
  const sent: string[] = [];
  const answer = Promise.withResolvers<void>();
  const publisher = createPublisher({ store, bus: busInto(sent), clock: virtualClock() }, { ...HOOKS, told: () => answer.promise });
  await store.commit([itemOf([message(1)])]);
  const recovering = publisher.recover([2]);
  await turns(4);
  publisher.put(RUN, message(1));
  answer.resolve();
  await recovering;
  await turns(4);
  expect(sent).toEqual(["1"]);
});
