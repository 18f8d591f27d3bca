import type { RunId } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import type { World } from "../world.js";
import { wake } from "./wake.js";

/** A run whose shard came while its admission was under way: whoever had it before may have gone on with it, or ended it, so that it goes on from what the store has. */
export async function wakeIfOpen(run: RunId, world: World): Promise<void> {
  const { ports, stopped } = world;
  const there = await patiently(ports.clock, stopped, () => ports.store.run(run));
  if (there !== null && there.status === null) await wake(there, world);
}
