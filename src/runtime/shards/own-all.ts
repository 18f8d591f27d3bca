import type { Clock } from "../../core/ports/clock.js";
import type { Fence } from "../../core/ports/store.js";
import { SHARDS } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import type { Shards } from "./shards.js";

/** A store that this process has to itself. */
export function ownAll(own: (shard: number) => Promise<Fence>, clock: Clock, stopped: () => boolean): Shards {
  const fences = new Map<number, Fence>();
  const all = Array.from({ length: SHARDS }, (_, shard) => shard);
  return {
    shared: false,
    owns: () => true,
    mine: () => all,
    share: () => 1,
    fenceOf(shard) {
      const fence = fences.get(shard);
      if (fence === undefined) throw new TypeError("the runtime was not started");
      return fence;
    },
    isLeaving: () => false,
    mayAct: () => true,
    async start() {
      for (const fence of await Promise.all(all.map((shard) => patiently(clock, stopped, () => own(shard))))) fences.set(fence.shard, fence);
    },
    begin: () => undefined,
    close: () => Promise.resolve(),
  };
}
