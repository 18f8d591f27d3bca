import { messageOf } from "../../core/message-of.js";
import type { RunRow } from "../../core/ports/store.js";
import { type RunId, WHOLE_RUN } from "../../core/run-id.js";
import { heldOf } from "../inbox/held.js";
import { JournalLost } from "../run/journal.js";
import { foldHistory } from "../run/history.js";
import { patiently } from "../patience.js";
import type { Slots } from "../trigger/slots.js";
import type { World } from "../world.js";
import { drive } from "./drive.js";
import type { Unbindable } from "./bind.js";
import type { Queued } from "./live.js";
import { hasFinished, readJournal, readmit, type Stored } from "./load.js";
import { type OwnedRun, ownRun } from "./owned-run.js";
import { parentRests } from "./rest.js";
import { canEnd, endUnbound, parentIn, standStill } from "./stand-still.js";

/** A parked run goes on, as soon as it has a place (I15). */
export async function wake(row: RunRow, world: World): Promise<void> {
  const { live } = world;
  const { run, lane } = row;
  if (!world.shards.owns(run) || live.queued.has(run)) return;
  if (live.owned.has(run)) return live.admissions.passBy(run);
  live.queued.set(run, { row });
  const slots = await live.slots.ofRun(row);
  // Its shard may have become another process's meanwhile.
  if (live.queued.has(run)) slots.enter(run, lane, () => takeUp(run, lane, slots, world), true);
}

/** Recovery: the graph again from its input, with what the journal holds (I12). Read when it has a place, so that what waits is not in memory. `found`: by a look at the store, which may be out of date. */
export function takeUp(run: RunId, lane: string | null, slots: Slots, world: World, found = false): void {
  world.live.mailbox
    .turn(run, async () => {
      const queued = world.live.queued.get(run);
      // Its shard went, and it may have come back and have begun with the place that it was given then.
      if (queued === undefined) return slots.rest(run, null);
      await load(queued, found, lane, slots, world).catch((thrown: unknown) => {
        if (isStill(queued, world)) leave(run, lane, slots, world);
        else slots.rest(run, null);
        throw thrown;
      });
    })
    .catch((thrown: unknown) => {
      // Another process has the run now: it goes on there (I2).
      if (!(thrown instanceof JournalLost)) world.failed(thrown);
    });
}

async function load(queued: Queued, found: boolean, lane: string | null, slots: Slots, world: World): Promise<void> {
  const { live } = world;
  const { run } = queued.row;
  const journal = await readJournal(run, world);
  // It may have been woken, driven and ended while its row was read.
  if (hasFinished(journal.events)) return leave(run, lane, slots, world);
  const stored = { row: found ? await asItIs(queued.row, world) : queued.row, ...journal };
  const owned = await bring(stored, slots, world);
  // What has happened to it elsewhere is not in what was read.
  if (!isStill(queued, world)) {
    if ("journal" in owned) owned.journal.close();
    return slots.rest(run, null);
  }
  if ("unbindable" in owned) return unbindable(stored, owned.unbindable, slots, world);
  live.owned.set(run, owned);
  live.queued.delete(run);
  unpark(run, world);
  drive(owned, world);
}

/** False where its shard went, also where it has come back. */
const isStill = (queued: Queued, { live }: World): boolean => live.queued.get(queued.row.run) === queued;

/** It may have been driven and parked since: what goes on then takes its waits and its timer away, or a crash would leave it asleep (I12). */
async function asItIs(row: RunRow, { ports, stopped }: World): Promise<RunRow> {
  if (row.waits.length > 0) return row;
  return (await patiently(ports.clock, stopped, () => ports.store.run(row.run))) ?? row;
}

/** Into memory. A journal that makes no sense is that run's affair alone. */
async function bring(stored: Stored, slots: Slots, world: World): Promise<OwnedRun | Unbindable> {
  const { row, events, spent } = stored;
  const { live } = world;
  const flow = await live.bind(row.flow, row.hash);
  if ("unbindable" in flow) return flow;
  try {
    const history = foldHistory(events, spent);
    const admitted = readmit(stored, flow, world);
    const journal = world.commits.open(row.run, history.lastSeq);
    const held = heldOf(events);
    const mended = held.get(WHOLE_RUN) === "incident";
    const run = ownRun(admitted, slots, journal, history, { held, parked: row.waits.length > 0, lane: row.lane, owned: { worker: live.worker, epoch: live.epochOf(row.run) } });
    if (mended) run.journal.append("incident.resolved", WHOLE_RUN, { action: "retry", by: "flowctl" });
    return run;
  } catch (thrown) {
    return { unbindable: messageOf(thrown) };
  }
}

function leave(run: RunId, lane: string | null, slots: Slots, world: World): void {
  world.active.delete(run);
  world.live.queued.delete(run);
  unpark(run, world);
  if (lane !== null) slots.leaveLane(run, lane);
  slots.rest(run, null);
  world.changed();
}

function unpark(run: RunId, { live, stats }: World): void {
  live.unbindable.delete(run);
  stats.counters.unbindable = live.unbindable.size;
  live.awaiting.delete(run);
  live.parked.delete(run);
  live.behindLocks.delete(run);
  stats.counters.parked = live.parked.size;
}

/** Nothing of it is run, and its lane stays closed, unless it shall end. It is tried again when a process starts, and when somebody asks something of it. */
async function unbindable(stored: Stored, why: string, slots: Slots, world: World): Promise<void> {
  const { live, stats } = world;
  const { run, flow, lane } = stored.row;
  if (canEnd(stored.events)) {
    await endUnbound(stored, world);
    return leave(run, lane, slots, world);
  }
  if (!live.unbindable.has(run)) world.ports.observer.notice?.(`run ${run} of \`${flow}\` cannot go on: ${why}`);
  // Before its timer is due.
  live.unbindable.add(run);
  stats.counters.unbindable = live.unbindable.size;
  await standStill(stored, why, world);
  world.active.delete(run);
  live.queued.delete(run);
  slots.rest(run, lane);
  parentRests(parentIn(stored.events), world);
  world.changed();
}
