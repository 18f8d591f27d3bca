import type { News, Reserved, Sharing, Store } from "../../../src/core/ports/store.js";
import { poolFrom, QUEUE_SHARDS, shardOf, SHARDS } from "../../../src/core/run-id.js";
import type { World } from "./fates.js";

/** One store that several processes drive (I11): leases by its own clock, and what each process hears of the others, in some seeds after a while or not at all. */
export interface SharedStore {
  /** As a process has it; null: as somebody does who drives nothing. */
  seenBy(nth: number | null): Store;
  /** Rows of the inbox that no owner has looked at. */
  asked(): Promise<number>;
}

interface Hold {
  readonly scope: string;
  readonly tokens: number;
  readonly usd: number;
}

const LATEST_MS = 5_000;

export function createSharedStore(inner: Store, { schedule, chance, profile, isCalm, count }: Pick<World, "schedule" | "chance" | "profile" | "isCalm" | "count">): SharedStore {
  const { clock } = schedule;
  const leases = new Map<string, { readonly until: number; readonly pools: readonly number[] }>();
  const owners = new Map<number, string>();
  const epochs = new Map<number, number>();
  const queues = new Map<string, number>();
  const listeners = new Set<(news: News | null) => void>();
  /** By call: with its intent, and before that. */
  const held = new Map<string, Hold>();
  const reserved = new Map<string, Hold>();

  const isLive = (owner: string | undefined): boolean => owner !== undefined && (leases.get(owner)?.until ?? -Infinity) > clock.monotonic();
  const workersOf = (first: number): number => [...leases].filter(([owner, { pools }]) => isLive(owner) && pools.includes(first)).length;

  function tellAll(news: News): void {
    for (const heard of listeners) void hear(heard, news);
  }
  /** A connection that was away is there again in a while, and says that something may have been missed. */
  async function hear(heard: (news: News | null) => void, news: News): Promise<void> {
    if (isCalm() || !chance.hit(profile.deaf)) {
      await schedule.turn();
      return heard(news);
    }
    count("news missed");
    await schedule.wait(chance.between(1, LATEST_MS));
    heard(null);
  }
  const tell = (kind: News["kind"], shard: number, name: string | null, me: string | null): void => {
    if (me === null || owners.get(shard) !== me) tellAll({ kind, shard, name });
  };
  const tellShards = (): void => tellAll({ kind: "shards", shard: 0, name: null });

  const sharing = (named: (owner: string) => void): Sharing => ({
    async renew(owner, ms, pools) {
      named(owner);
      const before = leases.get(owner);
      const fresh = !isLive(owner) || before?.pools.join() !== pools.join();
      leases.set(owner, { until: clock.monotonic() + ms, pools });
      if (fresh) tellShards();
      const mine = [...owners].flatMap(([shard, one]) => (one === owner ? [shard] : [])).toSorted((a, b) => a - b);
      return { mine, pools: pools.map((first) => ({ workers: workersOf(first), free: poolFrom(first).filter((shard) => !isLive(owners.get(shard))) })) };
    },
    async queue(name) {
      const first = queues.get(name) ?? SHARDS + queues.size * QUEUE_SHARDS;
      queues.set(name, first);
      return { first, workers: workersOf(first) };
    },
    serving: async () => workersOf(0),
    async take(shards, owner) {
      const free = shards.filter((shard) => !isLive(owners.get(shard)));
      return Promise.all(
        free.map(async (shard) => {
          owners.set(shard, owner);
          const fence = await inner.own(shard, owner);
          epochs.set(shard, fence.epoch);
          return fence;
        }),
      );
    },
    async release(shards, owner) {
      for (const shard of shards) if (owners.get(shard) === owner) owners.delete(shard);
      tellShards();
    },
    async leave(owner) {
      for (const [shard, one] of owners) if (one === owner) owners.delete(shard);
      leases.delete(owner);
      tellShards();
    },
    async reserve({ run, call, scope, tokens, usd, most }, { shard, epoch }): Promise<Reserved | "fenced"> {
      const [sum = { tokens: 0, usd: 0 }] = await inner.budgets({ scope, limit: 1 });
      if (epochs.get(shard) !== epoch) return "fenced";
      const key = `${run} ${call}`;
      const others = [...reserved].flatMap(([one, hold]) => (one !== key && hold.scope === scope ? [hold] : []));
      const own = held.get(key) ?? { tokens: 0, usd: 0 };
      const all = { tokens: others.reduce((total, one) => total + one.tokens, sum.tokens - own.tokens), usd: others.reduce((total, one) => total + one.usd, sum.usd - own.usd) };
      if (all.tokens + tokens > (most.tokens ?? Infinity) || all.usd + usd > (most.usd ?? Infinity)) return { held: false, ...all };
      reserved.set(key, { scope, tokens, usd });
      return { held: true, ...all };
    },
    async listen(heard) {
      listeners.add(heard);
      return { [Symbol.asyncDispose]: async () => void listeners.delete(heard) };
    },
  });

  return {
    async asked() {
      const rows = await Promise.all(Array.from({ length: SHARDS + queues.size * QUEUE_SHARDS }, (_, shard) => inner.inbox(shard, Number.MAX_SAFE_INTEGER)));
      // What is told to a run that was removed stays.
      const runs = await Promise.all(rows.flat().map(({ run }) => inner.run(run)));
      return runs.filter((row) => row !== null).length;
    },
    seenBy(nth) {
      let me: string | null = null;
      return {
        ...inner,
        ...(nth === null ? {} : { sharing: sharing((owner) => (me = owner)) }),
        async commit(items) {
          const results = await inner.commit(items);
          for (const [at, { run, expectedSeq, fence, index }] of items.entries()) {
            if (results[at] !== "ok") continue;
            if (expectedSeq < 0 && fence === null) tell("runs", shardOf(run), run, me);
            for (const op of index) {
              if (op.op === "budget.hold" || op.op === "budget.settle") {
                const key = `${run} ${op.call}`;
                reserved.delete(key);
                if (op.op === "budget.hold") held.set(key, op);
                else held.delete(key);
              } else if (op.op === "run.row" && op.row.status !== null) {
                for (const key of reserved.keys()) if (key.startsWith(`${run} `)) reserved.delete(key);
              } else if (op.op === "lane.leave") {
                const head = await inner.laneHead(op.lane);
                if (head !== null) tell("lane", shardOf(head), op.lane, me);
              } else if (op.op === "lock.leave") {
                const head = await inner.lockHead(op.lock);
                if (head !== null) tell("lock", shardOf(head.run), op.lock, me);
              }
            }
          }
          return results;
        },
        async putInbox(row) {
          await inner.putInbox(row);
          tell("inbox", shardOf(row.run), row.run, me);
        },
      };
    },
  };
}
