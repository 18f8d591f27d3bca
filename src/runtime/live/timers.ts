import type { CommitItem } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import type { World } from "../world.js";
import { createHeap } from "./heap.js";
import { wake } from "./wake.js";

/** Wakes parked runs when their time is over (I15). */
export interface Timers {
  /** Looks for rows that an earlier process left, now and from time to time. */
  start(): Promise<void>;
  /** The same again, for shards that came. */
  look(): Promise<void>;
  /** Rows that this process puts. */
  note(item: CommitItem): void;
  close(): void;
}

/** Rows due within it are in memory. */
const HORIZON_MS = 60_000;
const SCAN_MS = 30_000;
const AT_ONCE = 256;
const ROWS = 100_000;
/** Entries out of date that are not worth looking for. */
const MOST_STALE = 1000;

/** `alone`: whether the shards are this process's alone; else it looks after its own rows only, however far they lie. */
export function createTimers(world: () => World, alone: boolean): Timers {
  const heap = createHeap();
  /** The one row of each run that is in the heap: what the heap holds beside it is out of date. */
  const due = new Map<RunId, number>();
  /** For each scan under way the runs that put or deleted a row meanwhile: what the scan has read of them is older. */
  const scans = new Set<Set<RunId>>();
  let armed: { readonly at: number; readonly cancel: () => void } | null = null;
  let rescan: (() => void) | null = null;
  let closed = false;

  function withdraw(run: RunId): void {
    due.delete(run);
    // A wait of days that was answered would lie here until its time.
    if (heap.size() > MOST_STALE + 2 * due.size) heap.keep((entry) => due.get(entry.run) === entry.at);
  }

  function put(run: RunId, at: number): void {
    if (due.get(run) === at) return;
    due.set(run, at);
    heap.push({ run, at });
    arm();
  }

  function arm(): void {
    const next = heap.peek();
    if (closed || next === undefined || (armed !== null && armed.at <= next.at)) return;
    const { clock } = world().ports;
    armed?.cancel();
    const ms = Math.min(Math.max(next.at - clock.now(), 0), HORIZON_MS);
    armed = {
      at: next.at,
      cancel: clock.after(ms, () => {
        armed = null;
        void fire().catch((thrown: unknown) => world().failed(thrown));
      }),
    };
  }

  async function fire(): Promise<void> {
    const now = world().ports.clock.now();
    const runs: RunId[] = [];
    for (let next = heap.peek(); next !== undefined && next.at <= now; next = heap.peek()) {
      heap.pop();
      if (due.get(next.run) !== next.at) continue;
      due.delete(next.run);
      runs.push(next.run);
    }
    arm();
    for (let from = 0; from < runs.length && !closed; from += AT_ONCE) await Promise.all(runs.slice(from, from + AT_ONCE).map(wakeParked));
  }

  /** Its row says whether it still waits; a place in its slots comes before its journal is read. */
  async function wakeParked(run: RunId): Promise<void> {
    const { ports, live, shards, stopped } = world();
    if (!shards.owns(run) || live.queued.has(run) || live.unbindable.has(run)) return;
    if (live.owned.has(run)) return live.admissions.passBy(run);
    const row = await patiently(ports.clock, stopped, () => ports.store.run(run));
    if (row !== null && row.status === null && row.waits.length > 0) await wake(row, world());
  }

  async function scan(): Promise<void> {
    const { ports, stopped } = world();
    const until = ports.clock.now() + HORIZON_MS;
    const changed = new Set<RunId>();
    scans.add(changed);
    const found = await Promise.all(world().shards.mine().map((shard) => patiently(ports.clock, stopped, () => ports.store.timers(shard, until, ROWS)))).finally(() => scans.delete(changed));
    if (closed) return;
    rescan?.();
    for (const rows of found) for (const row of rows) if (!changed.has(row.run)) put(row.run, row.due);
    rescan = ports.clock.after(SCAN_MS, () => void scan().catch((thrown: unknown) => world().failed(thrown)));
  }

  return {
    start: () => (alone ? scan() : Promise.resolve()),
    look: scan,
    note({ run, index }) {
      for (const op of index) {
        if (op.op !== "timer.delete" && op.op !== "timer.put") continue;
        for (const changed of scans) changed.add(run);
        if (op.op === "timer.delete") withdraw(run);
        else if (!alone || op.due < world().ports.clock.now() + HORIZON_MS) put(run, op.due);
      }
    },
    close() {
      closed = true;
      armed?.cancel();
      rescan?.();
    },
  };
}
