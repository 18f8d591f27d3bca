import { expect, test } from "vitest";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { Bus, TextMessage } from "../../../src/core/ports/bus.js";
import { shardPrefix } from "../../../src/core/run-id.js";
import { createPublisher } from "../../../src/runtime/outbox/publisher.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

const RUN = `${shardPrefix(2)}run`;
const message = (at: number): TextMessage => ({ topic: "t", key: "k", id: `${RUN}/e/${at}`, headers: {}, body: String(at) });

test("what is published while another shard's outbox is read is not published again (I22)", async () => {
  const store = createMemoryStore();
  await store.commit([{ run: RUN, expectedSeq: -1, entryId: "e", fence: null, events: [{ type: "run.started", run: RUN, seq: 0, at: 0, data: { now: 0 } }], index: [1, 2].map((at) => ({ op: "outbox.put", message: message(at) })) }]);
  const sent: string[] = [];
  const bus: Bus = { from: "earliest", publish: async (messages) => void sent.push(...messages.map(({ body }) => String(body))), subscribe: () => Promise.reject(new Error("nobody reads here")), [Symbol.asyncDispose]: async () => undefined };
  const slow = Promise.withResolvers<void>();
  const outbox: typeof store.outbox = async (shard, limit) => {
    const rows = await store.outbox(shard, limit);
    if (shard === 3) await slow.promise;
    return rows;
  };
  const publisher = createPublisher({ store: { ...store, outbox }, bus, clock: virtualClock() }, { task: () => undefined, refusedTask: () => Promise.resolve(), owns: () => true, idle: () => undefined, refused: () => undefined, published: () => undefined, failed: () => undefined });
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
  const bus: Bus = { from: "earliest", publish: async (messages) => void sent.push(...messages.map(({ body }) => String(body))), subscribe: () => Promise.reject(new Error("nobody reads here")), [Symbol.asyncDispose]: async () => undefined };
  const publisher = createPublisher({ store, bus, clock: virtualClock() }, { task: () => undefined, refusedTask: () => Promise.resolve(), owns: () => true, idle: () => undefined, refused: () => undefined, published: () => undefined, failed: () => undefined });
  await publisher.recover([2, 3]);
  await turns(4);
  expect(sent).toEqual(["0", "1", "2"]);
});
