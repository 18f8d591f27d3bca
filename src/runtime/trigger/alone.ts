import type { Origin } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import { type AdmittedRun, rowOf } from "../live/admitted-run.js";
import type { Caller } from "../live/live.js";
import { addCaller } from "../live/report.js";
import { takeIn } from "../live/take-in.js";
import { patiently } from "../patience.js";
import { JournalLost } from "../run/journal.js";
import { waitersAtAdmission } from "../waiter/register.js";
import type { World } from "../world.js";
import type { Slots } from "./slots.js";

export interface Alone {
  readonly origin?: Origin;
  /** Where the input is not the message itself. */
  readonly message?: Json;
  /** Hears how the run ends. */
  readonly caller?: Caller;
}

/** A run that no message of a topic brought: durable when it resolves, and under way; false where it is there already (I17). */
export function admitAlone(admitted: AdmittedRun, { origin, message, caller }: Alone, slots: Slots, world: World): Promise<boolean> {
  const { flow, run, input } = admitted;
  const { plan } = flow;
  const { ports, commits, live, stats, stopped } = world;
  const journal = commits.open(run, -1);
  const data = { flow: plan.id, hash: plan.hash, input, source: null, ...(origin === undefined ? {} : { origin }), ...(message === undefined ? {} : { message }) };
  journal.append("run.admitted", null, data, [{ op: "run.row", row: rowOf(admitted, null, null) }, ...waitersAtAdmission(plan, run, input)]);
  const begin = async (): Promise<boolean> => {
    try {
      await journal.barrier();
    } catch (thrown) {
      // Nobody has it: the runtime was closed before it was admitted.
      if (!(thrown instanceof JournalLost) || (await patiently(ports.clock, stopped, () => ports.store.admittedAt(run))) === null) throw thrown;
      stats.counters.duplicates += 1;
      return false;
    }
    stats.counters.runs += 1;
    if (caller !== undefined) addCaller(live, run, caller);
    takeIn(admitted, journal, slots, world);
    return true;
  };
  return live.admissions.during(begin());
}
