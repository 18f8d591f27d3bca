import type { InboxRow, RunRow } from "../../core/ports/store.js";
import { SHARDS } from "../../core/run-id.js";
import { patiently } from "../patience.js";
import type { Slots } from "../trigger/slots.js";
import type { World } from "../world.js";
import { actOn } from "./act-on.js";
import { takeUp } from "./wake.js";

/** What an earlier process left: open runs go on in order of admission, lanes keep theirs, requests are acted on. */
export async function recover(world: World): Promise<void> {
  const { live } = world;
  const rows = await openRuns(world);
  const lanes = new Map<string, { readonly slots: Slots; head: RunRow | null; readonly behind: RunRow[] }>();
  for (const row of rows) {
    const { run, lane, waits } = row;
    const slots = await live.slotsFor(row);
    if (waits.length === 0) live.queued.set(run, row);
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
  for (const row of await inboxRows(world)) await actOn(row, world, true);
}

async function openRuns({ ports, stopped }: World): Promise<readonly RunRow[]> {
  const { store, clock } = ports;
  const byShard = await Promise.all(shards((shard) => patiently(clock, stopped, () => store.openRuns(shard))));
  return byShard.flat().sort((a, b) => a.admittedAt - b.admittedAt);
}

/** What was asked while nobody served. */
async function inboxRows({ ports, stopped }: World): Promise<readonly InboxRow[]> {
  const { store, clock } = ports;
  return (await Promise.all(shards((shard) => patiently(clock, stopped, () => store.inbox(shard, Number.MAX_SAFE_INTEGER))))).flat();
}

const shards = <T>(of: (shard: number) => T): readonly T[] => Array.from({ length: SHARDS }, (_, shard) => of(shard));
