import { elapse } from "../../core/elapse.js";
import type { RunId } from "../../core/run-id.js";
import { finishOf, readRun } from "../live/load.js";
import { lose, report } from "../live/report.js";
import { waitsForSomebody } from "../live/waits-for-somebody.js";
import type { RunReport, World } from "../world.js";

const FIRST_MS = 50;
const LONGEST_MS = 1000;

/** Runs that are asked for already: a shard may go and come back again and again while somebody waits. */
const following = new WeakMap<World, Set<RunId>>();

/** Tells who waits here for the end of a run that another process drives: what the store says, asked from time to time. */
export function follow(run: RunId, world: World): void {
  const { callers } = world.live;
  const here = following.get(world) ?? new Set<RunId>();
  following.set(world, here);
  if (!callers.has(run) || here.has(run)) return;
  here.add(run);
  void untilTold(run, world)
    .catch((thrown: unknown) => lose(world, run, thrown))
    .finally(() => here.delete(run));
}

async function untilTold(run: RunId, world: World): Promise<void> {
  const { live, ports } = world;
  for (let delay = FIRST_MS; !world.stopped() && live.callers.has(run); delay = Math.min(delay * 2, LONGEST_MS)) {
    // Where it has come back, its end is told by itself.
    const told = live.owned.has(run) ? null : await endOf(run, world);
    if (told !== null) return report(world, told);
    await elapse(ports.clock, delay);
  }
}

/** Null: it goes on by itself. */
async function endOf(run: RunId, world: World): Promise<RunReport | null> {
  const stored = await readRun(run, world);
  if (stored === null) return null;
  const { row, events } = stored;
  const end = finishOf(events);
  if (end !== undefined) return { flow: row.flow, run, status: asEnd(end.data.status), emitted: [], ...(end.data.output === undefined ? {} : { output: end.data.output }), ...(end.data.error === undefined ? {} : { error: end.data.error }) };
  return (await waitsForSomebody(row.waits, world)) ? { flow: row.flow, run, status: "parked", emitted: [], waits: row.waits } : null;
}

const asEnd = (status: string): RunReport["status"] => (status === "completed" || status === "cancelled" || status === "compensated" ? status : "failed");
