import { shardOf, type RunId } from "../../core/run-id.js";
import { abandon } from "../live/drive.js";
import type { World } from "../world.js";
import { follow } from "./elsewhere.js";

/** Runs of shards that are another process's: out of memory, with all that is known of them. They are on disk as far as anybody has seen (I4). */
export function letGo(shards: ReadonlySet<number>, world: World): void {
  const { live, stats } = world;
  const gone = (run: RunId): boolean => shards.has(shardOf(run));
  for (const owned of live.owned.values()) if (gone(owned.admitted.run)) abandon(owned, world);
  for (const { row: { run, flow, lane } } of live.queued.values()) if (gone(run) && lane !== null) live.slots.lanesOf(flow).forget(run, lane);
  for (const known of [live.queued, live.behindLocks, live.awaiting]) for (const run of known.keys()) if (gone(run)) known.delete(run);
  for (const known of [live.parked, live.unbindable, world.active]) for (const run of known) if (gone(run)) known.delete(run);
  for (const run of live.callers.keys()) if (gone(run)) follow(run, world);
  stats.counters.parked = live.parked.size;
  stats.counters.unbindable = live.unbindable.size;
  world.changed();
}
