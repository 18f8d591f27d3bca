import type { CommitItem, Store } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import type { World } from "../world.js";
import { lastingOf } from "./lasting.js";
import { readLasting } from "./read.js";
import { toText } from "./text.js";

/** Caches of what long journals come to. They are made beside the runs, one at a time, and nothing waits for them. */
export interface Snapshots {
  /** Events between two of them. */
  readonly every: number;
  /** Of an item that is durable. */
  note(item: CommitItem): void;
  /** None is being made. */
  idle(): boolean;
}

/** I39. */
export const EVERY = 1000;
/** Characters: where more is left of a journal, it is read again instead. */
const MOST = 4 * 1024 * 1024;

export function createSnapshots(world: () => Pick<World, "ports" | "stopped">, every: number): Snapshots {
  /** Of runs that have had one: the seq from which on the next one is worth it. */
  const next = new Map<RunId, number>();
  /** Runs whose turn it is; false: its end is durable. */
  const waiting = new Map<RunId, boolean>();
  let working = false;

  async function work(): Promise<void> {
    for (const [run, open] of waiting) {
      waiting.delete(run);
      const { ports, stopped } = world();
      if (stopped()) return waiting.clear();
      try {
        if (open) next.set(run, await take(run, ports.store));
        else await ports.store.putSnapshot(run, null);
      } catch {
        // A cache that could not be written: the journal is there.
        if (open) next.delete(run);
      }
    }
  }

  /** Gives the seq from which on the next one is worth it: behind as many new events as this one holds, so that all that is written stays a part of the journal. */
  async function take(run: RunId, store: Store): Promise<number> {
    const { events, spent, snapshot } = await readLasting(run, store, every);
    const seq = events.at(-1)?.seq ?? 0;
    if (seq - snapshot < every) return snapshot + every;
    const lasting = lastingOf({ events, spent });
    // Where most of it lasts, as a map that goes on, it is read as fast as its snapshot would be.
    if (lasting === null || lasting.events.length * 2 > seq) return seq * 2;
    const text = toText({ seq, at: events.at(-1)?.at ?? 0, ...lasting });
    if (text.length > MOST) return seq * 2;
    await store.putSnapshot(run, { seq, text });
    return seq + Math.max(every, lasting.events.length);
  }

  return {
    every,
    note({ run, expectedSeq, events }) {
      const seq = expectedSeq + events.length;
      if (seq < every) return;
      const open = !events.some(({ type }) => type === "run.finished");
      if (open && seq < (next.get(run) ?? every)) return;
      // Until this one is made.
      if (open) next.set(run, Infinity);
      else next.delete(run);
      waiting.set(run, open);
      if (working) return;
      working = true;
      void work().finally(() => (working = false));
    },
    idle: () => !working,
  };
}
