import type { World } from "../world.js";
import { appendParked, type OwnedRun } from "./owned-run.js";
import { report } from "./report.js";

/**
 * Takes a run that stands still out of memory (I12): its waits and the time of the next one are durable first. A turn of
 * its mailbox, so that no request comes in between (I13); what its own timers set off meanwhile keeps it.
 */
export function park(run: OwnedRun, world: World): Promise<void> {
  const { admitted, slots, journal } = run;
  const { live, stats, ports } = world;
  return live.mailbox.turn(admitted.run, async () => {
    const standing = run.handle?.standing() ?? null;
    if (standing === null || run.ended || live.owned.get(admitted.run) !== run) return;
    const { waits, due } = standing;
    const onlyTime = waits.every(({ kind }) => kind === "timer");
    // Nobody could give it back to who drives it.
    if (onlyTime && admitted.driven !== undefined) return;
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
    // Time goes on by itself: whoever waits for idleness waits for such a run too.
    if (onlyTime) return;
    world.active.delete(admitted.run);
    live.parked.add(admitted.run);
    stats.counters.parked = live.parked.size;
    report(world, { flow: admitted.flow.plan.id, run: admitted.run, status: "parked", emitted: [], waits });
    world.changed();
  });
}
