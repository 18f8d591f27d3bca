import type { InboxRow, RunRow } from "../../core/ports/store.js";
import type { RunId } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import type { Job } from "../trigger/lanes.js";
import type { Slots } from "../trigger/slots.js";
import type { World } from "../world.js";
import { actOnAll } from "./act-on-all.js";
import { takeUp } from "./wake.js";

/** What earlier owners of these shards left: open runs go on in order of admission, lanes keep theirs, requests are acted on. */
export async function recover(world: World, shards: readonly number[]): Promise<void> {
  await takeUpRuns(world, shards);
  await actOnInbox(world, shards);
}

/** Runs that are open and not in memory; what is being admitted here is about to be. */
export async function takeUpRuns(world: World, shards: readonly number[]): Promise<void> {
  const { live } = world;
  const found = await openRuns(world, shards);
  await live.admissions.over();
  for (const { run } of found) live.admissions.passBy(run);
  const rows = found.filter(({ run }) => world.shards.owns(run) && !live.owned.has(run) && !live.queued.has(run) && !live.unbindable.has(run));
  const awake = rows.filter(({ waits }) => waits.length === 0);
  for (const row of awake) live.queued.set(row.run, { row });
  const due: { readonly row: RunRow; readonly slots: Slots }[] = [];
  for (const row of await Promise.all(awake.map((row) => inItsLane(row, world)))) due.push({ row, slots: await live.slots.ofRun(row) });
  const lanes = new Map<string, { readonly flow: string; readonly head: RunId | null; readonly behind: Job[] }>();
  // I18: a parked run keeps its lane closed.
  for (const { run, flow, lane, waits } of rows) if (lane !== null && waits.length > 0) lanes.set(lane, { flow, head: run, behind: [] });
  const free: (() => void)[] = [];
  for (const { row, slots } of due) {
    const { run, flow, lane } = row;
    // Its shard may have become another process's meanwhile.
    if (!live.queued.has(run)) continue;
    const start = (): void => takeUp(run, lane, slots, world, true);
    if (lane === null) {
      free.push(() => slots.enter(run, null, start));
      continue;
    }
    const entry = lanes.get(lane) ?? { flow, head: null, behind: [] };
    lanes.set(lane, entry);
    entry.behind.push(slots.recovered(run, start));
  }
  // First, and all at once: what begins may give a lock to the parked head of a lane.
  for (const [lane, { flow, head, behind }] of lanes) live.slots.lanesOf(flow).restore(lane, head, behind);
  for (const begin of free) begin();
}

/** It may have been driven here while the rows were read, and have left its lane: there its turn would never come. */
async function inItsLane(row: RunRow, { ports, shards, stopped }: World): Promise<RunRow> {
  if (row.lane === null || !shards.shared) return row;
  return (await patiently(ports.clock, stopped, () => ports.store.run(row.run))) ?? row;
}

/** What was asked of their runs by who does not drive them. */
export const actOnInbox = async (world: World, shards: readonly number[]): Promise<void> => actOnAll(await inboxRows(world, shards), world, true);

async function openRuns({ ports, stopped }: World, shards: readonly number[]): Promise<readonly RunRow[]> {
  const { store, clock } = ports;
  const byShard = await Promise.all(shards.map((shard) => patiently(clock, stopped, () => store.openRuns(shard))));
  return byShard.flat().sort((a, b) => a.admittedAt - b.admittedAt);
}

async function inboxRows({ ports, stopped }: World, shards: readonly number[]): Promise<readonly InboxRow[]> {
  const { store, clock } = ports;
  return (await Promise.all(shards.map((shard) => patiently(clock, stopped, () => store.inbox(shard, Number.MAX_SAFE_INTEGER))))).flat();
}
