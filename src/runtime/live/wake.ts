import type { RunRow } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { heldOf } from "../inbox/held.js";
import { Stopped } from "../patience.js";
import { foldHistory } from "../run/history.js";
import type { Slots } from "../trigger/slots.js";
import type { World } from "../world.js";
import { drive } from "./drive.js";
import { readmit, readRun } from "./load.js";
import { ownRun } from "./owned-run.js";

/** A parked run goes on, as soon as it has a place (I15). */
export async function wake(row: RunRow, world: World): Promise<void> {
  const { live } = world;
  const { run, lane } = row;
  if (live.owned.has(run) || live.queued.has(run)) return;
  live.queued.add(run);
  const slots = await live.slotsFor(row);
  slots.enter(run, lane, () => takeUp(run, slots, world));
}

/** Recovery: the graph again from its input, with what the journal holds (I12). Read when it has a place, so that what waits is not in memory. */
export function takeUp(run: RunId, slots: Slots, world: World): void {
  const { live } = world;
  live.mailbox
    .turn(run, async () => {
      live.queued.delete(run);
      const stored = await readRun(run, world);
      if (stored === null || stored.row.status !== null) return leave(run, slots, world, stored?.row.lane ?? null);
      const { row, events } = stored;
      const flow = await live.bind(row.flow, row.hash);
      if ("unbindable" in flow) return unbindable(row, flow.unbindable, slots, world);
      const history = foldHistory(events);
      const admitted = readmit(stored, flow, world);
      const journal = world.commits.open(run, history.lastSeq);
      const owned = ownRun(admitted, slots, journal, history, { held: heldOf(events), parked: row.waits.length > 0, lane: row.lane, owned: { worker: live.worker, epoch: live.epochOf(run) } });
      live.owned.set(run, owned);
      unpark(run, world);
      drive(owned, world);
    })
    .catch((thrown: unknown) => {
      leave(run, slots, world, null);
      if (!(thrown instanceof Stopped)) world.failed(thrown);
    });
}

function leave(run: RunId, slots: Slots, world: World, lane: string | null): void {
  world.active.delete(run);
  unpark(run, world);
  if (lane !== null) slots.leaveLane(run, lane);
  slots.rest(run, null);
  world.changed();
}

function unpark(run: RunId, { live, stats }: World): void {
  live.parked.delete(run);
  stats.counters.parked = live.parked.size;
}

/** Nothing of it is run, and its lane stays closed. It is tried again when a process starts, and when somebody asks something of it. */
function unbindable({ run, flow, lane }: RunRow, why: string, slots: Slots, world: World): void {
  world.stats.counters.unbindable += 1;
  world.ports.observer.notice?.(`run ${run} of \`${flow}\` cannot go on: ${why}`);
  world.active.delete(run);
  slots.rest(run, lane);
  world.changed();
}
