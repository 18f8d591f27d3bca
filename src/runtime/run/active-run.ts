import type { EventMap, EventType, Lent, RunEvent, Wait } from "../../core/event.js";
import type { EmittedMessage } from "../../core/graph.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { Path } from "../../core/run-id.js";
import type { RunContext } from "./context.js";
import type { Computed, PathHistory } from "./history.js";
import type { Json } from "../../core/json.js";
import type { OwnKeys } from "./own-keys.js";
import type { ReadyPlan } from "./ready.js";
import { countEvent } from "./event-limit.js";
import type { Done } from "../saga/ledger.js";
import type { Scope } from "./scope.js";
import type { Signals } from "./signals.js";

/** One run in memory, shared by all its coroutines. */
export interface ActiveRun {
  readonly ctx: RunContext;
  readonly ready: ReadyPlan;
  /** What the journal held when this process took the run; null when nothing but its admission. */
  readonly past: ReadonlyMap<Path, PathHistory> | null;
  /** What an operator cancels. */
  readonly root: Scope;
  /** Below `root`: what the flow's own `timeout` cancels. */
  readonly flow: Scope;
  /** The variable `run`. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** Pure outputs that no event holds yet (I41). */
  pending: Computed[];
  /** Messages that no graph update holds yet. */
  emitted: EmittedMessage[];
  /** Durable waits, by the path that stands at them. */
  readonly waits: Map<Path, Standing>;
  /** Events of waits that are recorded and not yet reached (I13). */
  readonly early: Map<Path, RunEvent>;
  readonly signals: Signals;
  /** Locks that it has or waits for, by the path of the step or block, and what is locked. */
  readonly locks: Map<Path, string>;
  /** When steps began to wait for their lock: their time limits count from there. ms since the epoch. */
  readonly since: Map<Path, number>;
  /** Waiters that no item holds yet: they go with the next event (I14). */
  registering: IndexOp[];
  /** In-memory timers, to withdraw when the run is dropped. */
  readonly timers: Set<() => void>;
  /** Cases that switches took, by path: a route node finds one, a case node runs it. */
  readonly taken: Map<Path, number>;
  /** sha256 of modules whose change the journal holds, by file. */
  readonly code: Map<string, string>;
  /** Recorded incidents that replay has come by (by seq). */
  readonly incidents: Set<number>;
  /** Last completed state of loops that have a `catch`. */
  readonly loopStates: Map<Path, Json>;
  /** Branches that `rest: finish` left running: the run ends when they do. */
  readonly background: Set<Promise<void>>;
  readonly spending: Spending;
  /** What can be undone, in the order of the journal. */
  readonly ledger: Done[];
  /** Paths of what is undone. */
  readonly undone: Set<Path>;
  /** What `info.<id>` will say, by path, until the step ends. Filled where a plan reads `info`. */
  readonly notes: Map<Path, Note>;
  /** Null until a step says the key of its call itself. */
  ownKeys: OwnKeys | null;
  /** How many the journal has, about: a run ends where they are too many. */
  events: number;
  /** Coroutines that do not stand at a durable wait. */
  active: number;
  dropped: boolean;
  /** What ended a branch in the background, where the run cannot go on in this process. */
  fatal: unknown;
}

export interface Standing {
  readonly wait: Wait;
  readonly scope: Scope;
  readonly wake: (event: RunEvent) => void;
}

export interface Note {
  readonly attempts: number;
  readonly ms: number;
  readonly usd: number;
}

/** I36. Tokens are input + output. */
export interface Spending {
  in: number;
  out: number;
  usd: number;
  reservedTokens: number;
  reservedUsd: number;
  /** What tasks of queues have spent, which are runs of their own. */
  awayTokens: number;
  awayUsd: number;
  /** What of the reservations tasks hold back, by the paths of their steps. */
  readonly lent: Map<Path, Lent>;
  /** Wakes the steps that wait until a task gives back what it was lent. */
  readonly borrowers: Set<() => void>;
}

export const isJournaled = (run: ActiveRun): boolean => run.ready.plan.class === "J";

/** Every event of a run side goes through here: what pure steps computed stands before what depends on it (I41). */
export function append<T extends EventType>(run: ActiveRun, type: T, path: Path | null, data: EventMap[T], index?: readonly IndexOp[]): void {
  if (run.pending.length > 0) flush(run);
  countEvent(run);
  const waiters = run.registering;
  if (waiters.length === 0) return run.ctx.journal.append(type, path, data, index);
  run.registering = [];
  run.ctx.journal.append(type, path, data, [...waiters, ...(index ?? [])]);
}

/** One event for a chain of pure steps, and no barrier. */
export function flush(run: ActiveRun): void {
  if (run.pending.length === 0) return;
  const items = run.pending;
  run.pending = [];
  countEvent(run);
  run.ctx.journal.append("steps.computed", null, { items });
}

export function enter(run: ActiveRun): void {
  run.active += 1;
}

/** A coroutine ends or stands at a durable wait. When the last one does, the run may be dropped (I12). */
export function leave(run: ActiveRun): void {
  run.active -= 1;
  if (run.active > 0 || run.waits.size === 0) return;
  run.ctx.ports.clock.soon(() => {
    if (run.active === 0 && run.waits.size > 0 && !run.dropped) run.ctx.quiescent();
  });
}

/** Calls `fire` after `ms`, unless withdrawn or the run is dropped. */
export function startTimer(run: ActiveRun, ms: number, fire: () => void): () => void {
  // A timer of the platform holds 2^31 - 1 ms at most.
  const slice = Math.min(Math.max(ms, 0), 2 ** 30);
  const cancel = run.ctx.ports.clock.after(slice, () => {
    run.timers.delete(stop);
    if (slice < ms) stopRest = startTimer(run, ms - slice, fire);
    else fire();
  });
  let stopRest: (() => void) | null = null;
  const stop = (): void => {
    run.timers.delete(stop);
    cancel();
    stopRest?.();
  };
  run.timers.add(stop);
  return stop;
}
