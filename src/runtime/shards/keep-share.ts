import { InfraError } from "../../core/errors.js";
import { clauseOf } from "../../core/message-of.js";
import type { Clock } from "../../core/ports/clock.js";
import type { Fence, News, Sharing } from "../../core/ports/store.js";
import { poolFrom, poolSize, shardOf } from "../../core/run-id.js";
import { isBug } from "../is-bug.js";
import { patiently } from "../patience.js";
import type { Shards, ShardsHooks } from "./shards.js";

/** I11: a process that dies is followed within the lease, one renewal, and the time that taking up takes. */
const RENEW_MS = 2000;
const LEASE_MS = 8000;
/** No effect begins so long after the last renewal that is known: others may take the shard at the end of the lease. */
const SURE_MS = 6000;

/** A fair share of a store's shards, by leases: of each pool that this process is in. Who is alive is the store's affair, and who may commit its fences'. */
export function keepShare(sharing: Sharing, clock: Clock, worker: string, stopped: () => boolean, pools: () => Promise<readonly number[]>, hooks: ShardsHooks): Shards {
  const fences = new Map<number, Fence>();
  /** Shards that others get when nothing of them is under way here. */
  const leaving = new Set<number>();
  let sureUntil = -Infinity;
  let renewedAt = clock.monotonic();
  let isAway = false;
  const waiting: (() => void)[] = [];
  let begun = false;
  /** Between its first share and the time when runs can be taken up it only renews. */
  let takes = true;
  let closed = false;
  let turning: Promise<void> | null = null;
  let again = false;
  let cancel: () => void = () => undefined;
  let listening: AsyncDisposable | null = null;

  /** One look at who holds what; gives the shards that came. */
  async function turn(): Promise<readonly number[]> {
    const firsts = await pools();
    const asked = clock.monotonic();
    const { mine, pools: found } = await sharing.renew(worker, LEASE_MS, firsts);
    renewedAt = clock.monotonic();
    if (isAway) hooks.notice("the store is reached again: runs go on");
    isAway = false;
    const held = new Set(mine);
    drop(new Set([...fences.keys()].filter((shard) => !held.has(shard))));
    // Then: what waits for certainty must not be sent for a shard that is lost.
    sureUntil = asked + SURE_MS;
    for (const tell of waiting.splice(0)) tell();
    // A reply was lost: with what fence they were taken is not known.
    const stray = mine.filter((shard) => !fences.has(shard));
    if (stray.length > 0) await sharing.release(stray, worker);
    if (!takes) return [];
    const wanted: number[] = [];
    for (const [at, { workers, free }] of found.entries()) {
      const pool = new Set(poolFrom(firsts[at] ?? 0));
      const fair = Math.ceil(pool.size / workers);
      const kept = [...fences.keys()].filter((shard) => pool.has(shard) && !leaving.has(shard));
      if (kept.length > fair) giveUp(kept.slice(fair)).catch(hooks.failed);
      wanted.push(...free.slice(0, Math.max(fair - kept.length, 0)));
    }
    if (wanted.length === 0) return [];
    const taken = await sharing.take(wanted, worker);
    for (const fence of taken) fences.set(fence.shard, fence);
    if (taken.length > 0) hooks.shared();
    // Others were faster with some of them.
    if (taken.length < wanted.length) again = true;
    return taken.map(({ shard }) => shard);
  }

  function drop(gone: ReadonlySet<number>): void {
    if (gone.size === 0) return;
    for (const shard of gone) {
      fences.delete(shard);
      leaving.delete(shard);
    }
    hooks.lost(gone);
    hooks.shared();
  }

  async function giveUp(surplus: readonly number[]): Promise<void> {
    for (const shard of surplus) leaving.add(shard);
    hooks.shared();
    await hooks.leaving(new Set(surplus));
    // With all others: a store that is closed by then would be asked for nothing.
    if (closed) return;
    // One that was lost meanwhile may have been taken again since.
    const left = surplus.filter((shard) => leaving.has(shard));
    if (left.length === 0) return;
    drop(new Set(left));
    await patiently(clock, stopped, () => sharing.release(left, worker));
  }

  /** One turn after another; a store that is away is asked again, and meanwhile nothing new begins here. */
  function look(): void {
    if (closed) return;
    if (turning !== null) {
      again = true;
      return;
    }
    cancel();
    again = false;
    turning = turn()
      .catch((thrown: unknown): readonly number[] => {
        if ((thrown instanceof InfraError && !closed) || isBug(thrown)) throw thrown;
        // Others may have this process's share by now, and whoever commits nothing would not hear of it.
        if (!isAway && clock.monotonic() - renewedAt > LEASE_MS) {
          isAway = true;
          hooks.notice(`the store is not reached: ${clauseOf(thrown)}; runs wait until it is`);
        }
        return [];
      })
      // Beside the next turns: to take up much takes longer than a lease.
      .then((gained) => void (gained.length === 0 ? undefined : hooks.gained(gained).catch(hooks.failed)))
      .catch(hooks.failed)
      .finally(() => {
        turning = null;
        if (closed) return;
        if (again) look();
        else cancel = clock.after(RENEW_MS, look);
      });
  }

  function hear(news: News | null): void {
    if (!begun || closed) return;
    if (news === null || news.kind === "shards") look();
    if (news === null || fences.has(news.shard)) hooks.news(news).catch(hooks.failed);
  }

  return {
    shared: true,
    owns: (run) => fences.has(shardOf(run)),
    mine: () => [...fences.keys()],
    share(first) {
      // Asked for whenever a run begins or ends.
      const size = poolSize(first);
      let mine = 0;
      for (let shard = first; shard < first + size; shard += 1) if (fences.has(shard) && !leaving.has(shard)) mine += 1;
      return mine / size;
    },
    // Epochs begin at 1.
    fenceOf: (shard) => fences.get(shard) ?? { shard, epoch: 0 },
    isLeaving: (run) => leaving.has(shardOf(run)),
    mayAct(run) {
      const shard = shardOf(run);
      const may = (): boolean => fences.has(shard);
      if (!may() || clock.monotonic() < sureUntil) return may();
      return new Promise<boolean>((resolve) => {
        const look = (): void => {
          if (!may() || clock.monotonic() < sureUntil) resolve(may());
          else waiting.push(look);
        };
        waiting.push(look);
      });
    },
    async start() {
      // First, or what others put while the shards are looked at would be missed.
      listening = await patiently(clock, stopped, () => sharing.listen(hear));
      await patiently(clock, stopped, turn);
      takes = false;
      cancel = clock.after(RENEW_MS, look);
    },
    begin() {
      begun = true;
      takes = true;
      hear(null);
    },
    async close() {
      closed = true;
      cancel();
      await turning;
      await listening?.[Symbol.asyncDispose]();
      // A store that is away ends the lease by itself.
      await sharing.leave(worker).catch(() => undefined);
    },
  };
}
