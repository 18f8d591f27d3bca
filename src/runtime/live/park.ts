import type { World } from "../world.js";
import { appendParked, type OwnedRun } from "./owned-run.js";
import { goesOn, restForSomebody, waitBehind } from "./rest.js";

/**
 * Takes a run that stands still out of memory (I12): its waits and the time of the next one are durable first. A turn of
 * its mailbox, so that no request comes in between (I13); what its own timers set off meanwhile keeps it.
 */
export function park(run: OwnedRun, world: World): Promise<void> {
  const { admitted, slots, journal } = run;
  const { live, ports } = world;
  return live.mailbox.turn(admitted.run, async () => {
    const standing = run.handle?.standing() ?? null;
    if (standing === null || run.ended || live.owned.get(admitted.run) !== run) return;
    const { waits, due } = standing;
    const byItself = goesOn(waits, world);
    // Nobody could give it back to who drives it.
    if (byItself && admitted.driven !== undefined) return;
    // Its own timer is about to fire.
    if (due !== null && due <= ports.clock.now()) return;
    appendParked(run, waits, due);
    const { lane } = run;
    await journal.barrier();
    if (admitted.lane !== null && lane === null) slots.leaveLane(admitted.run, admitted.lane.name);
    // Or it would be missed: a timer that fired meanwhile has found the run in memory.
    if (due !== null && due <= ports.clock.now()) return;
    if (!run.parked || (run.handle?.standing() ?? null) === null) return;
    run.handle?.drop();
    live.owned.delete(admitted.run);
    const left = { flow: admitted.flow.plan.id, parent: admitted.parent, waits };
    // Whoever waits for idleness waits for such a run too.
    if (!goesOn(waits, world)) restForSomebody(admitted.run, left, world);
    else if (waits.some(({ kind }) => kind === "child")) live.awaiting.set(admitted.run, left);
    else if (waits.every(({ kind }) => kind === "lock")) waitBehind(admitted.run, left, world);
  });
}
