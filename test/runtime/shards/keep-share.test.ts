import { expect, test } from "vitest";
import { elapse } from "../../../src/core/elapse.js";
import { InfraError } from "../../../src/core/errors.js";
import type { Clock } from "../../../src/core/ports/clock.js";
import type { News, Sharing } from "../../../src/core/ports/store.js";
import { poolFrom, shardPrefix } from "../../../src/core/run-id.js";
import { keepShare } from "../../../src/runtime/shards/keep-share.js";
import type { Shards } from "../../../src/runtime/shards/shards.js";
import { turns, virtualClock } from "../../support/virtual-clock.js";

/** Leases as a store keeps them, by the clock of all. */
function createBoard(clock: Clock) {
  const workers = new Map<string, number>();
  const shards = new Map<number, { epoch: number; owner: string | null }>();
  const heard = new Set<(news: News | null) => void>();
  const live = (owner: string | null): boolean => owner !== null && (workers.get(owner) ?? 0) > clock.now();
  const tell = (): void => {
    for (const one of heard) one({ kind: "shards", shard: 0, name: null });
  };
  const shared = new Map<string, readonly number[]>();
  const all = [...poolFrom(0), ...poolFrom(64)];
  const sharing: Sharing = {
    async renew(owner, ms, pools) {
      const fresh = !live(owner) || shared.get(owner)?.join() !== pools.join();
      workers.set(owner, clock.now() + ms);
      shared.set(owner, pools);
      if (fresh) tell();
      return {
        mine: all.filter((shard) => shards.get(shard)?.owner === owner),
        pools: pools.map((first) => ({ workers: [...workers.keys()].filter((one) => live(one) && shared.get(one)?.includes(first) === true).length, free: poolFrom(first).filter((shard) => !live(shards.get(shard)?.owner ?? null)) })),
      };
    },
    queue: () => Promise.reject(new Error("no queues in this test")),
    serving: async () => [...workers.keys()].filter(live).length,
    reserve: () => Promise.reject(new Error("no budgets in this test")),
    async take(wanted, owner) {
      return wanted.flatMap((shard) => {
        const known = shards.get(shard);
        if (live(known?.owner ?? null)) return [];
        const epoch = (known?.epoch ?? 0) + 1;
        shards.set(shard, { epoch, owner });
        return [{ shard, epoch }];
      });
    },
    async release(which, owner) {
      for (const shard of which) {
        const known = shards.get(shard);
        if (known?.owner === owner) known.owner = null;
      }
      tell();
    },
    async leave(owner) {
      for (const known of shards.values()) if (known.owner === owner) known.owner = null;
      workers.delete(owner);
      tell();
    },
    async listen(told) {
      heard.add(told);
      told(null);
      return { [Symbol.asyncDispose]: async () => void heard.delete(told) };
    },
  };
  return { sharing, epoch: (shard: number): number => shards.get(shard)?.epoch ?? 0 };
}

/** A process that can be frozen: nothing that it asks is answered, and no timer of its fires. */
function createWorker(name: string, sharing: Sharing, clock: Clock, pools: readonly number[] = [0], settled = async (): Promise<void> => undefined) {
  let thaw: (() => void) | null = null;
  let frozen: Promise<void> | null = null;
  const told: string[] = [];
  const slow: Sharing = { ...sharing, renew: async (...all) => (await frozen, sharing.renew(...all)), listen: (hear) => sharing.listen((news) => (frozen === null ? hear(news) : undefined)) };
  const shards = keepShare(slow, clock, name, () => false, async () => pools, {
    gained: async (which) => void told.push(`gained ${which.length}`),
    leaving(which) {
      told.push(`leaving ${which.size}`);
      return settled();
    },
    lost: (which) => void told.push(`lost ${which.size}`),
    shared: () => void told.push(`share ${shards.share(0)}`),
    news: async () => undefined,
    notice: (text) => void told.push(text),
    failed: (cause) => void told.push(String(cause)),
  });
  return {
    shards,
    told,
    freeze() {
      frozen = new Promise<void>((resolve) => {
        thaw = resolve;
      });
    },
    thaw() {
      frozen = null;
      thaw?.();
    },
    async begin() {
      await shards.start();
      shards.begin();
      await turns(20);
    },
  };
}

const count = (...all: { readonly shards: Shards }[]): readonly number[] => all.map(({ shards }) => shards.mine().length);
const runOf = (shard: number): string => `${shardPrefix(shard)}run`;

test("the first one takes everything, and others get their share as they come", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const [a, b, c] = [createWorker("a", sharing, clock), createWorker("b", sharing, clock), createWorker("c", sharing, clock)];
  await a.begin();
  expect(count(a)).toEqual([64]);
  await b.begin();
  await turns(50);
  expect(count(a, b)).toEqual([32, 32]);
  expect(a.told).toContain("leaving 32");
  // What others are about to get is no share of it any more.
  expect(a.told.slice(a.told.indexOf("leaving 32") - 1)[0]).toBe("share 0.5");
  expect([a.shards.share(0), b.shards.share(0), b.shards.share(64)]).toEqual([0.5, 0.5, 0]);
  await c.begin();
  await clock.advance(5000);
  expect(count(a, b, c).reduce((sum, one) => sum + one)).toBe(64);
  expect(Math.max(...count(a, b, c))).toBe(22);
  for (const one of [a, b, c]) await one.shards.close();
});

test("shards that were taken with a lost reply are taken again: with what fence they were is not known", async () => {
  const clock = virtualClock();
  const { sharing, epoch } = createBoard(clock);
  let lost = false;
  const a = createWorker("a", { ...sharing, async take(...of) {
    const taken = await sharing.take(...of);
    if (lost) return taken;
    lost = true;
    throw new Error("the connection was cut");
  } }, clock);
  const begun = a.begin();
  await clock.advance(10_000);
  await begun;
  await clock.advance(5_000);
  expect(count(a)).toEqual([64]);
  expect(a.shards.fenceOf(5)).toEqual({ shard: 5, epoch: epoch(5) });
  expect(epoch(5)).toBeGreaterThan(1);
  await a.shards.close();
});

test("that the store is not reached for longer than a lease is said, once, and when it is again: who commits nothing would not hear of it", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  let why: Error | null = null;
  const a = createWorker("a", { ...sharing, renew: (...of) => (why === null ? sharing.renew(...of) : Promise.reject(why)) }, clock);
  const said = (): readonly string[] => a.told.filter((text) => text.includes("reached"));
  await a.begin();
  await clock.advance(4000);
  why = new Error("certificate signature failure");
  await clock.advance(6000);
  expect(said()).toEqual([]);
  await clock.advance(60_000);
  expect(said()).toEqual(["the store is not reached: certificate signature failure; runs wait until it is"]);
  why = null;
  await clock.advance(5000);
  expect(said().slice(1)).toEqual(["the store is reached again: runs go on"]);
  expect(count(a)).toEqual([64]);
  await a.shards.close();
});

test("what no waiting mends ends the process: a store that lets it in no more", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  let refused = false;
  const a = createWorker("a", { ...sharing, renew: (...of) => (refused ? Promise.reject(new InfraError("FC6051", "PostgreSQL refuses this user.")) : sharing.renew(...of)) }, clock);
  await a.begin();
  refused = true;
  await clock.advance(2500);
  expect(a.told).toContainEqual(expect.stringContaining("refuses this user"));
  await a.shards.close();
});

test("I16: one that is gone is followed within 12 seconds, and its fences are too old", async () => {
  const clock = virtualClock();
  const { sharing, epoch } = createBoard(clock);
  const [a, b] = [createWorker("a", sharing, clock), createWorker("b", sharing, clock)];
  await a.begin();
  await b.begin();
  await turns(50);
  const [shard = 0] = a.shards.mine();
  const fence = a.shards.fenceOf(shard);
  a.freeze();
  await clock.advance(7000);
  expect(count(b)).toEqual([32]);
  await clock.advance(5000);
  expect(count(b)).toEqual([64]);
  expect(epoch(shard)).toBeGreaterThan(fence.epoch);
  // It does not know yet, and is not sure any more: what would be sent waits, and is never sent.
  const may = a.shards.mayAct(runOf(shard));
  expect(may).toBeInstanceOf(Promise);
  a.thaw();
  await clock.advance(3000);
  expect(await may).toBe(false);
  expect(count(a, b)).toEqual([32, 32]);
  for (const one of [a, b]) await one.shards.close();
});

test("before runs can be taken up shards that come free are left alone: only what it has is kept", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const [a, b] = [createWorker("a", sharing, clock), createWorker("b", sharing, clock)];
  await a.begin();
  await b.shards.start();
  await a.shards.close();
  await clock.advance(20_000);
  expect([b.told.filter((one) => one.startsWith("gained")), await sharing.serving()]).toEqual([[], 1]);
  b.shards.begin();
  await turns(20);
  expect(count(b)).toEqual([64]);
  await b.shards.close();
});

test("what waits for certainty goes on when the lease is renewed", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const a = createWorker("a", sharing, clock);
  await a.begin();
  expect(a.shards.mayAct(runOf(5))).toBe(true);
  a.freeze();
  await clock.advance(7000);
  const may = a.shards.mayAct(runOf(5));
  a.thaw();
  await clock.advance(2000);
  expect(await may).toBe(true);
  await a.shards.close();
});

test("I11: a renewal counts from when it was asked for: the store may have taken it long before its answer came", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  let slow = 0;
  const late: Sharing = {
    ...sharing,
    async renew(...all) {
      const found = await sharing.renew(...all);
      if (slow > 0) await elapse(clock, slow);
      return found;
    },
  };
  const a = createWorker("a", late, clock);
  await a.begin();
  slow = 5000;
  // Asked for at 2 s, answered at 7: others may have the shards from 10 s on.
  await clock.advance(7500);
  expect(a.shards.mayAct(runOf(5))).toBe(true);
  await clock.advance(1000);
  expect(a.shards.mayAct(runOf(5))).toBeInstanceOf(Promise);
  await a.shards.close();
});

test("what is given up is not this process's any more when the store is told so: others may act on it from then on", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const had: number[] = [];
  const a = createWorker("a", { ...sharing, release: (which, owner) => (had.push(which.filter((shard) => a.shards.owns(runOf(shard))).length), sharing.release(which, owner)) }, clock);
  const b = createWorker("b", sharing, clock);
  await a.begin();
  await b.begin();
  await turns(50);
  expect([had, count(a, b)]).toEqual([[0], [32, 32]]);
  for (const one of [a, b]) await one.shards.close();
});

test("one that stops while it renews is gone when that is over", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const a = createWorker("a", sharing, clock);
  await a.begin();
  a.freeze();
  await clock.advance(2500);
  const closing = a.shards.close();
  await turns();
  a.thaw();
  await closing;
  await turns();
  expect(await sharing.serving()).toBe(0);
});

/** Two that have half of the shards each. */
async function twoWorkers() {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const [a, b] = [createWorker("a", sharing, clock), createWorker("b", sharing, clock)];
  await a.begin();
  await b.begin();
  await turns(50);
  return { a, b };
}

test("one that stops is followed at once", async () => {
  const { a, b } = await twoWorkers();
  await a.shards.close();
  await turns(50);
  expect(count(b)).toEqual([64]);
  await b.shards.close();
});

test("one that stops while it gives up shards asks the store for nothing behind its leave", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const asked: string[] = [];
  const watched: Sharing = { ...sharing, release: (...of) => (asked.push("release"), sharing.release(...of)), leave: (owner) => (asked.push("leave"), sharing.leave(owner)) };
  const settled = Promise.withResolvers<void>();
  const [a, b] = [createWorker("a", watched, clock, [0], () => settled.promise), createWorker("b", sharing, clock)];
  await a.begin();
  await b.begin();
  await turns(50);
  expect(a.told).toContain("leaving 32");
  await a.shards.close();
  settled.resolve();
  await turns(50);
  expect(asked).toEqual(["leave"]);
  await clock.advance(4000);
  expect(count(b)).toEqual([64]);
  await b.shards.close();
});

test("a shard of another process has a fence that no store takes", async () => {
  const { a, b } = await twoWorkers();
  const [theirs = 0] = b.shards.mine();
  expect(a.shards.owns(runOf(theirs))).toBe(false);
  expect(a.shards.fenceOf(theirs)).toEqual({ shard: theirs, epoch: 0 });
  expect(a.shards.mayAct(runOf(theirs))).toBe(false);
  for (const one of [a, b]) await one.shards.close();
});

test("I25: processes divide the pools that they share, and touch no other", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const [all, orchestrates, works] = [createWorker("all", sharing, clock, [0, 64]), createWorker("orchestrates", sharing, clock, [0]), createWorker("works", sharing, clock, [64])];
  await all.begin();
  expect(count(all)).toEqual([80]);
  await orchestrates.begin();
  await works.begin();
  await clock.advance(10_000);
  expect(count(all, orchestrates, works)).toEqual([40, 32, 8]);
  expect(works.shards.mine().every((shard) => shard >= 64)).toBe(true);
  expect(orchestrates.shards.mine().every((shard) => shard < 64)).toBe(true);
  await all.shards.close();
  await clock.advance(10_000);
  expect(count(orchestrates, works)).toEqual([64, 16]);
});

test("what was lost while it was to be given up, and taken again, is not given up", async () => {
  const clock = virtualClock();
  const { sharing } = createBoard(clock);
  const settled = Promise.withResolvers<void>();
  const [a, b] = [createWorker("a", sharing, clock, [0], () => settled.promise), createWorker("b", sharing, clock)];
  await a.begin();
  await b.begin();
  await turns(50);
  expect(a.told).toContain("leaving 32");
  a.freeze();
  await clock.advance(12_000);
  expect(count(b)).toEqual([64]);
  await b.shards.close();
  a.thaw();
  await clock.advance(4000);
  expect(count(a)).toEqual([64]);
  const before = [...a.told];
  settled.resolve();
  await turns(50);
  // Another process could have taken them, while this one drives their runs.
  expect(a.told).toEqual(before);
  await a.shards.close();
});
