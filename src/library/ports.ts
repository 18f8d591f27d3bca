import { systemClock } from "../adapters/clock/system.js";
import { priceOf } from "../adapters/model/prices.js";
import { systemRandom } from "../adapters/random/system.js";
import { openSecrets } from "../adapters/secret/secrets.js";
import { createMemoryStore } from "../adapters/store/memory.js";
import { NO_CASSETTE } from "../cli/wire/cassette.js";
import { openModels } from "../cli/wire/models.js";
import { openTools } from "../cli/wire/tools.js";
import type { Fence, Store } from "../core/ports/store.js";
import type { RuntimePorts } from "../runtime/ports.js";

/** What a flow touches outside, in the place of what the library brings: a memory store, no bus, this machine's clock, models and tools as the flow file says. */
export type FlowPorts = Partial<RuntimePorts>;

/** Ports and what has to be closed behind them. */
export interface OpenPorts extends AsyncDisposable {
  readonly ports: RuntimePorts;
}

export function openPorts(given: FlowPorts): OpenPorts {
  const secrets = openSecrets({ env: process.env, folder: process.cwd() });
  const tools = openTools({ secrets, allow: [], cassette: NO_CASSETTE, current: (plan) => plan });
  return {
    ports: {
      clock: systemClock,
      random: systemRandom,
      store: given.store ?? createMemoryStore(),
      bus: null,
      model: openModels(secrets, NO_CASSETTE),
      tool: (plan, name) => tools.open(plan, name),
      price: priceOf,
      observer: { event: () => undefined, pure: false },
      ...given,
    },
    [Symbol.asyncDispose]: () => tools[Symbol.asyncDispose](),
  };
}

const owners = new WeakMap<Store, Map<number, Promise<Fence>>>();

/** Flows that share a store share its shards: a second taking would fence the runs of the first (I2). */
export function sharedOwner(store: Store): (shard: number, owner: string) => Promise<Fence> {
  const owned = owners.get(store) ?? new Map<number, Promise<Fence>>();
  owners.set(store, owned);
  return (shard, owner) => {
    const found = owned.get(shard);
    if (found !== undefined) return found;
    const fence = store.own(shard, owner);
    owned.set(shard, fence);
    // A store that was away is asked again by the next one; whoever asked now is told by `fence` itself.
    fence.catch(() => owned.delete(shard));
    return fence;
  };
}
