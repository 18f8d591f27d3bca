import type { Parent, RunEvent, Wait } from "../../core/event.js";
import { type Path, WHOLE_RUN } from "../../core/run-id.js";
import type { IndexOp, RunRow } from "../../core/ports/store.js";
import { openHolds } from "../agent/open-holds.js";
import { sumOf } from "../agent/spending.js";
import { tellParent } from "../child/tell-parent.js";
import { type Held, heldOf } from "../inbox/held.js";
import { unsettledWrites } from "../inbox/unsettled.js";
import { openLocks } from "../lock/hold.js";
import { foldHistory } from "../run/history.js";
import type { World } from "../world.js";
import type { Stored } from "./load.js";
import { WAKE } from "./owned-run.js";
import { report } from "./report.js";

/**
 * A run that cannot go on here is an incident of the whole run, until somebody mends what is missing and lets it try
 * again; the next process does so by itself. A turn of its mailbox.
 */
export async function standStill({ row, events }: Stored, why: string, { commits, ports }: World): Promise<void> {
  const held = heldOf(events);
  const known = held.get(WHOLE_RUN) === "incident";
  // It was found so before: a journal does not grow with every start.
  if (known && row.waits.some(({ path, question }) => path === WHOLE_RUN && question === why)) return;
  const waits: readonly Wait[] = [...stillOpen(events, held), { kind: "incident", path: WHOLE_RUN, question: why }];
  const journal = commits.open(row.run, lastSeq(events));
  if (!known) journal.append("incident.opened", WHOLE_RUN, { kind: "unbindable", message: why });
  // Due at once: whoever starts next tries again.
  journal.append("run.parked", null, { waits }, [{ op: "run.row", row: { ...row, waits } }, { op: "timer.put", path: WAKE, due: ports.clock.now() }]);
  await journal.barrier();
}

/** What else can be ended from outside. */
function stillOpen(events: readonly RunEvent[], held: ReadonlyMap<Path, Held>): readonly Wait[] {
  const parked = events.findLast(({ type }) => type === "run.parked");
  return parked?.type === "run.parked" ? parked.data.waits.filter(({ kind, path }) => path !== WHOLE_RUN && held.get(path) === kind) : [];
}

/** Somebody has cancelled it, and all that it sent is settled: nothing of its plan is needed to end it. */
export function canEnd(events: readonly RunEvent[]): boolean {
  if (!foldHistory(events).cancelled || unsettledWrites(events).size > 0) return false;
  return [...heldOf(events)].every(([path, kind]) => kind === "ask" || path === WHOLE_RUN);
}

/** Records that it was cancelled. A turn of its mailbox. */
export async function endUnbound({ row, events, spent }: Stored, world: World): Promise<void> {
  const { ports, stats } = world;
  const { run, flow, lane, admittedAt } = row;
  const now = ports.clock.now();
  const { usage, usd } = foldHistory(events, spent);
  const total = { usage, usd: sumOf(usd) };
  const ended: RunRow = { ...row, status: "cancelled", waits: [], finishedAt: now, lane: null, error: null };
  const index: IndexOp[] = [{ op: "run.row", row: ended }, { op: "timer.delete", path: WAKE }, { op: "waiter.delete", wait: null }];
  if (lane !== null) index.push({ op: "lane.leave", lane });
  // Nobody will hear of these calls: what was held back for them is spent.
  index.push(...openHolds(events).values(), ...tellParent(run, parentIn(events), "cancelled", null, null, total));
  for (const { lock, path } of openLocks(events)) index.push({ op: "lock.leave", lock, path });
  const journal = world.commits.open(run, lastSeq(events));
  journal.append("run.finished", null, { status: "cancelled", ...total }, index);
  await journal.barrier();
  stats.counters.cancelled += 1;
  stats.took(Math.max(now - admittedAt, 0));
  report(world, { flow, run, status: "cancelled", emitted: [] });
}

/** The call that has started the run. */
export function parentIn(events: readonly RunEvent[]): Parent | null {
  const [first] = events;
  return first?.type === "run.admitted" ? (first.data.parent ?? null) : null;
}

const lastSeq = (events: readonly RunEvent[]): number => events.at(-1)?.seq ?? -1;
