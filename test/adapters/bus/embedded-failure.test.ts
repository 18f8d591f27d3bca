import { expect, test } from "vitest";
import { createEmbeddedBus } from "../../../src/adapters/bus/embedded.js";
import { openDatabase, type Database } from "../../../src/adapters/sqlite/database.js";
import { InfraError } from "../../../src/core/errors.js";
import { message, numberOf, read } from "../../conformance/bus-reader.js";
import { folderWith } from "../../support/folder.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

/** A database whose disk is full while `full.now`. */
async function fillable(): Promise<{ database: Database; full: { now: boolean } }> {
  const real = await openDatabase(`${folderWith()}/flowctl.db`);
  const full = { now: false };
  const refuse = (): Promise<never> => Promise.reject(new InfraError("FC6011", "the disk is full"));
  const database: Database = {
    ...real,
    write: (name, ...args) => (full.now ? refuse() : real.write(name, ...args)),
    later: (name, ...args) => (full.now ? refuse() : real.later(name, ...args)),
  };
  return { database, full };
}

test("a full disk makes publishing reject, and what waited behind it; later it succeeds in order", async () => {
  const { database, full } = await fillable();
  const bus = createEmbeddedBus(database, virtualClock());
  const reader = read(await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 }));
  full.now = true;
  const refused = await Promise.allSettled([1, 2, 3].map((at) => bus.publish([message("t", "k", at)])));
  expect(refused.map((one) => one.status === "rejected" && one.reason instanceof InfraError)).toEqual([true, true, true]);
  full.now = false;
  await bus.publish([1, 2, 3].map((at) => message("t", "k", at)));
  expect((await reader.take(3)).map(numberOf)).toEqual([1, 2, 3]);
  await bus[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test("what was acknowledged while the disk was full is kept when there is room again", async () => {
  const { database, full } = await fillable();
  const clock = virtualClock();
  const bus = createEmbeddedBus(database, clock);
  const reader = read(await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 }));
  await bus.publish([message("t", "k", 1)]);
  full.now = true;
  await reader.subscription.ack(await reader.take(1));
  await turns(4);
  full.now = false;
  await clock.advance(2000);
  await database.write("busTrim", "t", 0);
  expect((await database.read("busTopics"))[0]?.groups).toEqual([{ group: "g", lag: 0 }]);
  await bus[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test("a full disk when the bus closes costs a redelivery and no error", async () => {
  const { database, full } = await fillable();
  const bus = createEmbeddedBus(database, virtualClock());
  const reader = read(await bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 }));
  await bus.publish([message("t", "k", 1)]);
  full.now = true;
  await reader.subscription.ack(await reader.take(1));
  await bus[Symbol.asyncDispose]();
  full.now = false;
  const next = createEmbeddedBus(database, virtualClock());
  const again = read(await next.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 }));
  expect((await again.take(1)).map(numberOf)).toEqual([1]);
  await next[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test("a subscription that the disk refused can be asked for again", async () => {
  const { database, full } = await fillable();
  const bus = createEmbeddedBus(database, virtualClock());
  const ask = { topic: "t", group: "g", from: "earliest", maxBatch: 10 } as const;
  full.now = true;
  await expect(bus.subscribe(ask)).rejects.toBeInstanceOf(InfraError);
  full.now = false;
  const reader = read(await bus.subscribe(ask));
  await bus.publish([message("t", "k", 1)]);
  expect((await reader.take(1)).map(numberOf)).toEqual([1]);
  await bus[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test.each([-1, 7])("a damaged offset of a group (%i) is FC6014 when it joins: its lag would never be 0", async (committed) => {
  const database = await openDatabase(`${folderWith()}/flowctl.db`);
  const bus = createEmbeddedBus(database, virtualClock());
  await bus.publish([message("t", "k", 1)]);
  await database.write("busJoin", "t", "g", "earliest");
  await database.write("busProgress", [["t", "g", 0, committed, "[]"]]);
  await expect(bus.subscribe({ topic: "t", group: "g", from: "earliest", maxBatch: 10 })).rejects.toMatchObject({ code: "FC6014", message: expect.stringContaining(`the offset ${committed} of the group`) });
  await bus[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
