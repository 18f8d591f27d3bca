import type { Parent, Wait } from "../../core/event.js";
import type { RunId } from "../../core/run-id.js";
import type { World } from "../world.js";
import type { Awaiting } from "./live.js";
import { report } from "./report.js";

/** Whether a run that waits so goes on by itself: when a time is over, when its lock is free, or when a run that it has started ends which itself does. */
export const goesOn = (waits: readonly Wait[], { live }: World): boolean =>
  waits.every(({ kind, run = "" }) => kind === "timer" || kind === "lock" || (kind === "child" && !live.parked.has(run) && !live.unbindable.has(run)));

/** A run that waits for a lock alone: whoever has that may be about to give it back. */
export function waitBehind(run: RunId, left: Awaiting, { active, live, changed }: World): void {
  active.delete(run);
  live.behindLocks.set(run, left);
  changed();
}

/** Nothing is under way but runs that wait for those that they have started. */
export const onlyCallers = ({ active, live }: World): boolean => [...active].every((run) => live.awaiting.has(run));

/** Nobody here gives a lock back any more by itself: those that wait for one wait for somebody outside, as who has it does. */
export function restBehindLocks(world: World): void {
  const { behindLocks } = world.live;
  for (const [run, left] of behindLocks) {
    behindLocks.delete(run);
    restForSomebody(run, left, world);
  }
}

/** A run that is out of memory waits for somebody outside: so do the calls that wait for its end. */
export function restForSomebody(run: RunId, { flow, parent, waits }: Awaiting, world: World): void {
  const { active, live, stats } = world;
  active.delete(run);
  live.awaiting.delete(run);
  live.parked.add(run);
  stats.counters.parked = live.parked.size;
  report(world, { flow, run, status: "parked", emitted: [], waits });
  parentRests(parent, world);
  world.changed();
}

/** Its child goes on no more by itself. */
export function parentRests(parent: Parent | null, world: World): void {
  if (parent?.waits !== true) return;
  const { owned, awaiting } = world.live;
  const inMemory = owned.get(parent.run);
  const left = awaiting.get(parent.run);
  if (left !== undefined) restForSomebody(parent.run, left, world);
  // It may have stood still before its child did.
  else inMemory?.stands?.();
}
