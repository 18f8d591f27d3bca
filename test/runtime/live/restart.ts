import { createMemoryBus } from "../../../src/adapters/bus/memory.js";
import { createMemoryStore } from "../../../src/adapters/store/memory.js";
import type { EventType, RunEvent } from "../../../src/core/event.js";
import type { Json } from "../../../src/core/json.js";
import type { Bus, Subscription } from "../../../src/core/ports/bus.js";
import type { RequestOutcome } from "../../../src/core/ports/operator.js";
import type { RunRequest, RunRow, Store } from "../../../src/core/ports/store.js";
import type { RuntimePorts } from "../../../src/runtime/ports.js";
import { type ToolFake, world, type World } from "../../support/runtime.js";
import { turns, virtualClock, type VirtualClock } from "../../support/virtual-clock.js";

/** One store and one bus, and process after process on them. */
export interface Machine {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: VirtualClock;
  /** A process that serves; the one before it is dead, as after kill -9: nothing of it reaches the store any more. */
  boot(text: string, tools?: Readonly<Record<string, ToolFake>>, more?: { readonly model?: RuntimePorts["model"]; readonly cut?: Cut; readonly code?: () => string }): Promise<World>;
  /** The process that serves dies here and now. */
  kill(): Promise<void>;
  /** The only run, or the only one of a state. */
  only(state?: "running" | "parked"): Promise<RunRow>;
  events(run: string): Promise<readonly RunEvent[]>;
}

/** The process dies at the first call of this kind: before it has an effect, or before its answer. */
export interface Cut {
  /** Type of an event that is committed, or the name of a call. */
  readonly at: EventType | "publish" | "ack" | "markSeen" | "published";
  readonly when: "before" | "after";
}

export function machine(): Machine {
  const store = createMemoryStore();
  const clock = virtualClock();
  const bus = createMemoryBus(clock);
  let kill = async (): Promise<void> => undefined;
  // Of processes that draw the same ids the store takes the items of one for those of the other.
  let seed = 0;
  return {
    store,
    bus,
    clock,
    kill: () => kill(),
    async boot(text, tools = {}, { cut = null, ...more }: { readonly model?: RuntimePorts["model"]; readonly cut?: Cut | null; readonly code?: () => string } = {}) {
      await kill();
      const alive: Alive = { yes: true, subscriptions: [], cut };
      kill = async () => {
        alive.yes = false;
        // The broker sees that its member is gone.
        for (const one of alive.subscriptions) await one.close();
      };
      const made = world(text, Object.fromEntries(Object.entries(tools).map(([name, fake]) => [name, mortal(fake, alive)])), { store: mortalStore(store, alive), keepBus: mortalBus(bus, alive), clock, seed: (seed += 1), ...more });
      await made.runtime.start();
      await turns(6);
      return made;
    },
    async only(state) {
      const rows = await store.runs({ limit: 10, ...(state === undefined ? {} : { state }) });
      const [row] = rows;
      if (row === undefined || rows.length > 1) throw new Error(`${rows.length} runs${state === undefined ? "" : ` ${state}`}`);
      return row;
    },
    events: (run) => eventsOf(store, run),
  };
}

export async function eventsOf(store: Store, run: string): Promise<readonly RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of store.read(run, 0)) all.push(event);
  return all;
}

let asked = 0;
export function ask({ runtime, clock }: Pick<World, "runtime" | "clock">, run: string, request: RunRequest, id = `request-${(asked += 1)}`): Promise<RequestOutcome> {
  return runtime.request({ id, run, at: clock.now(), by: "me", request });
}

interface Alive {
  yes: boolean;
  readonly subscriptions: Subscription[];
  readonly cut: Cut | null;
}

const never = (): Promise<never> => new Promise<never>(() => undefined);

async function during<T>(alive: Alive, cut: boolean, call: () => Promise<T>): Promise<T> {
  if (cut && alive.cut?.when === "before") alive.yes = false;
  if (!alive.yes) return never();
  const result = await call();
  if (cut) alive.yes = false;
  return alive.yes ? result : never();
}

/** I44: what a dead process calls never settles. */
function mortalStore(store: Store, alive: Alive): Store {
  const cut =
    <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> => during(alive, false, () => call(...args));
  return {
    ...store,
    commit: (items) => during(alive, items.some(({ events }) => events.some(({ type }) => type === alive.cut?.at)), () => store.commit(items)),
    published: (shard, ids) => during(alive, alive.cut?.at === "published", () => store.published(shard, ids)),
    markSeen: (scope, keys) => during(alive, alive.cut?.at === "markSeen", () => store.markSeen(scope, keys)),
    putDeadLetters: cut(store.putDeadLetters),
    run: cut(store.run),
    timers: cut(store.timers),
    inbox: cut(store.inbox),
    openRuns: cut(store.openRuns),
  };
}

function mortalBus(bus: Bus, alive: Alive): Bus {
  return {
    ...bus,
    publish: (messages) => during(alive, alive.cut?.at === "publish", () => bus.publish(messages)),
    async subscribe(options) {
      const subscription = await bus.subscribe(options);
      alive.subscriptions.push(subscription);
      return { ...subscription, batches: until(subscription.batches, alive), ack: (deliveries) => during(alive, alive.cut?.at === "ack", () => subscription.ack(deliveries)) };
    },
  };
}

async function* until<T>(stream: AsyncIterable<T>, alive: Alive): AsyncGenerator<T> {
  for await (const one of stream) {
    if (!alive.yes) await never();
    yield one;
  }
}

const mortal =
  (fake: ToolFake, alive: Alive): ToolFake =>
  async (input, call): Promise<Json> => {
    const answer = await fake(input, call);
    return alive.yes ? answer : never();
  };
