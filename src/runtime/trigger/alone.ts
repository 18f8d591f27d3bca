import type { Origin } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { RunId } from "../../core/run-id.js";
import { type AdmittedRun, rowOf } from "../live/admitted-run.js";
import { giveUp } from "../live/drive.js";
import type { Caller } from "../live/live.js";
import type { OwnedRun } from "../live/owned-run.js";
import { addCaller, lose } from "../live/report.js";
import { takeIn } from "../live/take-in.js";
import { wakeIfOpen } from "../live/wake-if-open.js";
import { patiently } from "../patience.js";
import { JournalLost, type OwnedJournal } from "../run/journal.js";
import { waitersAtAdmission } from "../waiter/register.js";
import { follow } from "../shards/elsewhere.js";
import type { RuntimePorts } from "../ports.js";
import type { LoadedFlow, World } from "../world.js";
import type { Slots } from "./slots.js";
import { wayOfOrigin } from "./way.js";

export interface Alone {
  readonly origin?: Origin;
  /** Where the input is not the message itself. */
  readonly message?: Json;
  /** Hears how the run ends. */
  readonly caller?: Caller;
}

/** Its own keys, in no lane, and nothing to send again. */
export const aloneRun = (flow: LoadedFlow, run: RunId, input: Json, { clock }: Pick<RuntimePorts, "clock">): AdmittedRun => ({ flow, run, keyRun: run, input, key: null, admittedAt: clock.now(), began: clock.monotonic(), lane: null, from: null, parent: null });

/** A run that no message of a topic brought: durable when it resolves, and under way; false where it is there already (I17). */
export function admitAlone(admitted: AdmittedRun, about: Alone, slots: Slots, world: World): Promise<boolean> {
  const { ports, live, stats, stopped } = world;
  const epoch = live.epochOf(admitted.run);
  const journal = appended(admitted, about, world);
  const begin = async (): Promise<boolean> => {
    try {
      await journal.barrier();
    } catch (thrown) {
      // Nobody has it: the runtime was closed before it was admitted.
      if (!(thrown instanceof JournalLost) || (await patiently(ports.clock, stopped, () => ports.store.admittedAt(admitted.run))) === null) throw thrown;
      stats.counters.duplicates += 1;
      return false;
    }
    if (world.shards.owns(admitted.run) && live.epochOf(admitted.run) === epoch) takeUp(admitted, journal, about, slots, world);
    else {
      elsewhere(admitted.run, about, world);
      if (world.shards.owns(admitted.run)) await wakeIfOpen(admitted.run, world);
    }
    return true;
  };
  return live.admissions.during(begin());
}

/** The same with an id that nobody else has: what the run appends first goes with its admission, and acts when that is durable (I4). */
export function admitNew(admitted: AdmittedRun, about: Alone, slots: Slots, world: World): void {
  const journal = appended(admitted, about, world);
  const owned = takeUp(admitted, journal, about, slots, world);
  journal.barrier().catch((thrown: unknown) => {
    giveUp(owned, thrown, world);
    // Its shard is another process's, which will never have it: nobody else knows of it.
    if (thrown instanceof JournalLost) lose(world, admitted.run, thrown);
  });
}

function appended(admitted: AdmittedRun, { origin, message }: Alone, { commits }: World): OwnedJournal {
  const { flow, run, input } = admitted;
  const { plan } = flow;
  const journal = commits.open(run, -1);
  const data = { flow: plan.id, hash: plan.hash, input, source: null, ...(origin === undefined ? {} : { origin }), ...(message === undefined ? {} : { message }) };
  const row = rowOf(admitted, null, null);
  const way = origin === undefined ? null : wayOfOrigin(origin);
  journal.append("run.admitted", null, data, [{ op: "run.row", row: way === null ? row : { ...row, origin: way } }, ...waitersAtAdmission(plan, run, input)]);
  return journal;
}

/** The owner of its shard is told by the store; how it ends is seen there. */
function elsewhere(run: RunId, { caller }: Alone, world: World): void {
  world.stats.counters.runs += 1;
  if (caller === undefined) return;
  addCaller(world.live, run, caller);
  follow(run, world);
}

function takeUp(admitted: AdmittedRun, journal: OwnedJournal, { caller }: Alone, slots: Slots, world: World): OwnedRun {
  world.stats.counters.runs += 1;
  if (caller !== undefined) addCaller(world.live, admitted.run, caller);
  return takeIn(admitted, journal, slots, world);
}
