import { elapse } from "../../core/elapse.js";
import { shardOf } from "../../core/run-id.js";
import { drain } from "../live/drain.js";
import type { Effects } from "../live/effects.js";
import type { World } from "../world.js";

/** What is recorded as begun is sent within it, if it has its place: else whoever has the run next settles it by its key (I20). */
const BEGUN_MS = 100;

/** Waits until what runs of these shards have under way has ended and is recorded, as far as that does not take long: nothing new of them begins (I20). */
export async function settle(shards: ReadonlySet<number>, effects: Pick<Effects, "inFlightOf">, { live, ports }: World): Promise<void> {
  const { clock } = ports;
  const quiet = (): boolean => effects.inFlightOf(shards) === 0;
  await drain(clock, quiet);
  await elapse(clock, BEGUN_MS);
  await drain(clock, quiet);
  // Who lost its journal has nothing to record.
  const recorded = [...live.owned.values()].filter(({ admitted }) => shards.has(shardOf(admitted.run))).map(({ journal }) => journal.barrier().catch(() => undefined));
  await Promise.all(recorded);
}
