import type { InboxRow, RunRow } from "../../core/ports/store.js";
import { patiently } from "../patience.js";
import type { Slots } from "../trigger/slots.js";
import type { World } from "../world.js";
import { actOn } from "./act-on.js";
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
  for (const row of rows) if (row.waits.length === 0) live.queued.set(row.run, row);
  const lanes = new Map<string, { readonly slots: Slots; head: RunRow | null; readonly behind: RunRow[] }>();
  for (const row of rows) {
    const { run, lane, waits } = row;
    const slots = await live.slotsFor(row);
    if (lane === null) {
      if (waits.length === 0) slots.enter(run, null, () => takeUp(run, null, slots, world));
      continue;
    }
    const entry = lanes.get(lane) ?? { slots, head: null, behind: [] };
    lanes.set(lane, entry);
    // I18: a parked run keeps its lane closed.
    if (waits.length > 0) entry.head = row;
    else entry.behind.push(row);
  }
  for (const [lane, { slots, head, behind }] of lanes) {
    slots.restore(lane, head?.run ?? null, behind.map(({ run }) => ({ run, start: () => takeUp(run, lane, slots, world) })));
  }
}

/** What was asked of their runs by who does not drive them. */
export async function actOnInbox(world: World, shards: readonly number[]): Promise<void> {
  for (const row of await inboxRows(world, shards)) await actOn(row, world, true);
}

async function openRuns({ ports, stopped }: World, shards: readonly number[]): Promise<readonly RunRow[]> {
  const { store, clock } = ports;
  const byShard = await Promise.all(shards.map((shard) => patiently(clock, stopped, () => store.openRuns(shard))));
  return byShard.flat().sort((a, b) => a.admittedAt - b.admittedAt);
}

async function inboxRows({ ports, stopped }: World, shards: readonly number[]): Promise<readonly InboxRow[]> {
  const { store, clock } = ports;
  return (await Promise.all(shards.map((shard) => patiently(clock, stopped, () => store.inbox(shard, Number.MAX_SAFE_INTEGER))))).flat();
}
