import type { RunEvent } from "../../core/event.js";
import type { CommitItem, LockPlace, Store } from "../../core/ports/store.js";
import { wake } from "../live/wake.js";
import { patiently } from "../patience.js";
import type { World } from "../world.js";

/** Tells runs that the lock is theirs which they wait for, in memory or not. */
export interface Grants {
  /** Who leaves a queue in this item makes room for the next, as soon as that is durable. */
  note(item: CommitItem): void;
  /** What an earlier process left: runs that are first, and whose predecessor left when nobody was there to tell them. */
  recover(): Promise<void>;
  /** Another process has made room in the queue. */
  look(lock: string): void;
  /** Queues that are being looked at: a run may go on at any moment. */
  busy(): number;
  close(): void;
}

/** Runtimes of one process may share a store: a lock that one gives back may be another's. */
const sharing = new WeakMap<Store, Set<(lock: string) => void>>();

/** `all`: the store's runs are this process's alone; else it wakes only those that it has, or has parked. */
export function createGrants(world: () => World, store: Store, all: boolean): Grants {
  let busy = 0;
  const others = sharing.get(store) ?? new Set();
  sharing.set(store, others);

  const look = (lock: string): void => {
    busy += 1;
    const { ports, stopped, failed } = world();
    patiently(ports.clock, stopped, () => ports.store.lockHead(lock))
      .then((head) => (head === null ? undefined : tell(head)))
      .catch(failed)
      .finally(() => {
        busy -= 1;
        world().changed();
      });
  };
  others.add(look);

  /** A turn of its mailbox: it may be about to leave the memory (I13). */
  const tell = (place: LockPlace): Promise<void> => {
    const { live, ports, shards, stopped } = world();
    const { run, path } = place;
    if (!shards.owns(run)) return Promise.resolve();
    return live.mailbox.turn(run, async () => {
      const owned = live.owned.get(run);
      if (owned !== undefined) {
        if (!owned.ended) owned.handle?.wake(told(place, ports.clock.now()));
        return;
      }
      if (live.queued.has(run) || live.unbindable.has(run) || !(all || live.parked.has(run) || live.behindLocks.has(run))) return;
      const row = await patiently(ports.clock, stopped, () => ports.store.run(run));
      if (row?.status === null && row.waits.some((wait) => wait.kind === "lock" && wait.path === path)) await wake(row, world());
    });
  };

  return {
    note({ index }) {
      for (const op of index) if (op.op === "lock.leave") for (const one of others) one(op.lock);
    },
    async recover() {
      const { ports, stopped } = world();
      for (const place of await patiently(ports.clock, stopped, () => ports.store.untakenLocks())) await tell(place);
    },
    look,
    busy: () => busy,
    close() {
      others.delete(look);
    },
  };
}

/** No event of the journal: the run records itself that it has the lock. */
const told = ({ run, path }: LockPlace, at: number): RunEvent => ({ type: "step.decided", run, seq: -1, at, path, data: { what: "lock", value: "free" } });
