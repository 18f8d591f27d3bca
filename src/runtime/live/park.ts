import type { Wait } from "../../core/event.js";
import type { World } from "../world.js";
import { appendParked, type OwnedRun } from "./owned-run.js";
import { goesOn, restForSomebody, waitBehind } from "./rest.js";

/**
 * Takes a run that stands still out of memory (I12): its waits and the time of the next one are durable first. A turn of
 * its mailbox, so that no request comes in between (I13); what its own timers set off meanwhile keeps it.
 */
export function park(run: OwnedRun, world: World): Promise<void> {
  const { admitted } = run;
  const { live } = world;
  return live.mailbox.turn(admitted.run, async () => {
    const waits = await restDurably(run, world);
    if (waits === null) return;
    run.handle?.drop();
    live.owned.delete(admitted.run);
    const left = { flow: admitted.flow.plan.id, parent: admitted.parent, waits };
    // Whoever waits for idleness waits for such a run too.
    if (!goesOn(waits, world)) restForSomebody(admitted.run, left, world);
    else if (waits.some(({ kind }) => kind === "child")) {
      live.awaiting.set(admitted.run, left);
      world.changed();
    } else if (waits.every(({ kind }) => kind === "lock")) waitBehind(admitted.run, left, world);
  });
}

/** What it waits for, once its row says so; null: it goes on. */
async function restDurably(run: OwnedRun, world: World): Promise<readonly Wait[] | null> {
  const { admitted, slots, journal } = run;
  const { live, ports } = world;
  for (;;) {
    const standing = run.handle?.standing() ?? null;
    if (standing === null || run.ended || live.owned.get(admitted.run) !== run) return null;
    const { waits, due } = standing;
    // Out of memory, its caller could not drive it on.
    if (goesOn(waits, world) && admitted.driven !== undefined) return null;
    // It is not worth parking: its timer is about to fire.
    if (due !== null && due <= ports.clock.now()) return null;
    appendParked(run, waits, due);
    const { lane } = run;
    await journal.barrier();
    if (admitted.lane !== null && lane === null) slots.leaveLane(admitted.run, admitted.lane.name);
    // Or it would be missed: a timer that fired meanwhile has found the run in memory.
    if (due !== null && due <= ports.clock.now()) return null;
    if ((run.handle?.standing() ?? null) === null) return null;
    if (run.parked) return waits;
    // What was appended meanwhile took its row away and woke nobody: the end of a time limit around an incident.
  }
}
