import type { News, Sharing, Store } from "../../src/core/ports/store.js";
import { poolFrom } from "../../src/core/run-id.js";

/** A store that processes share, with the leases of one of them: `lose` is heard at the next renewal, of all but what it `keeps`; they can be taken again unless they are `others`. `takenOver`: of all, and nothing is heard yet. `workers`: how many there are; what this one gives up for them is `released`. */
export function lease(inner: Store) {
  let mine: readonly number[] = [];
  const epochs = new Map<number, number>();
  const at = { epoch: 0, workers: 1, released: [] as number[], lose: false, keeps: (_shard: number): boolean => false, others: false, takenOver: (): void => epochs.clear(), tell: (_news: News | null): void => undefined, renewed: (): void => undefined };
  const sharing: Sharing = {
    async renew(_owner, _ms, pools) {
      if (at.lose) mine = mine.filter(at.keeps);
      at.lose = false;
      at.renewed();
      return { mine, pools: pools.map((first) => ({ workers: at.workers, free: at.others ? [] : poolFrom(first).filter((shard) => !mine.includes(shard)) })) };
    },
    queue: () => Promise.reject(new Error("no queues in this test")),
    serving: () => Promise.resolve(1),
    async take(shards) {
      at.epoch += 1;
      mine = [...mine, ...shards];
      for (const shard of shards) epochs.set(shard, at.epoch);
      return shards.map((shard) => ({ shard, epoch: at.epoch }));
    },
    async release(shards) {
      mine = mine.filter((shard) => !shards.includes(shard));
      at.released.push(...shards);
    },
    leave: () => Promise.resolve(),
    reserve: () => Promise.reject(new Error("no budgets in this test")),
    async listen(heard) {
      at.tell = heard;
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  };
  const store: Store = {
    ...inner,
    sharing,
    /** Of an older epoch nothing is committed (I16). */
    async commit(items) {
      const fresh = items.filter(({ fence }) => fence === null || fence.epoch === epochs.get(fence.shard));
      const results = new Map((await inner.commit(fresh.map((item) => ({ ...item, fence: null })))).map((result, index) => [fresh[index]?.entryId, result]));
      return items.map(({ entryId }) => results.get(entryId) ?? "fenced");
    },
  };
  return { at, store };
}
