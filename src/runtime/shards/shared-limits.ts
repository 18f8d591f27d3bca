import { poolOf, shardOf, type RunId } from "../../core/run-id.js";
import { patiently, Stopped } from "../patience.js";
import type { RunContext } from "../run/context.js";
import { JournalLost } from "../run/journal.js";
import type { World } from "../world.js";

/**
 * What a run must keep where several processes have the store. I19: a share of what they may do together, by the shards of
 * its pool. I36: the store is asked for every call that counts in a budget over runs.
 */
export function sharedLimits(run: RunId, { ports: { store, clock }, shards, stopped }: World): Pick<RunContext, "reserve" | "share"> {
  const { sharing } = store;
  if (sharing === undefined) return {};
  return {
    share: () => shards.share(poolOf(shardOf(run))),
    async reserve(hold) {
      try {
        const reserved = await patiently(clock, stopped, () => sharing.reserve({ run, ...hold }, shards.fenceOf(shardOf(run))));
        if (reserved === "fenced") throw new JournalLost(`the shard of run ${run} is another process's`);
        return reserved;
      } catch (thrown) {
        // Nothing begins any more.
        if (thrown instanceof Stopped) return new Promise(() => undefined);
        throw thrown;
      }
    },
  };
}
