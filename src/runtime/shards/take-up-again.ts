import { type RunId, shardOf } from "../../core/run-id.js";
import type { World } from "../world.js";
import { heedRuns } from "./heed.js";

/** Not at once: one that is behind each time would have the process to itself. */
const BEHIND_MS = 1000;

/** A server that has lost its last commits, as after a failover, is behind a run of this process: from what it has the run goes on here. */
export function takeUpAgain(run: RunId, world: World): void {
  const { ports, shards, stopped, failed } = world;
  if (!shards.shared) return;
  ports.clock.after(BEHIND_MS, () => {
    if (!stopped() && shards.owns(run)) heedRuns(shardOf(run), world).catch(failed);
  });
}
