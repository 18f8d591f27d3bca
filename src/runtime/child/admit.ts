import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { rowOf, type AdmittedRun } from "../live/admitted-run.js";
import { takeIn } from "../live/take-in.js";
import { wake } from "../live/wake.js";
import { JournalLost } from "../run/journal.js";
import { waitersAtAdmission } from "../waiter/register.js";
import type { World } from "../world.js";
import type { Admit } from "./task.js";

/** Creates the run by its first event: one that is there already is left as it is (I25). */
export async function admitChild(plan: FlowPlan, { child: run, input, parent }: Admit, world: World): Promise<void> {
  const { ports, commits, live, stats, stopped } = world;
  const { clock } = ports;
  const bound = await live.bind(plan.id, plan.hash);
  const at = { run, keyRun: parent.keys ?? run, ...(parent.again === undefined ? {} : { again: parent.again }), input, key: parent.key ?? null, admittedAt: clock.now(), began: clock.monotonic(), lane: null, from: null, parent };
  const row = rowOf({ flow: { plan }, run, admittedAt: at.admittedAt }, null, null);
  const slots = await live.slotsFor(row, parent);
  const begin = async (): Promise<void> => {
    const journal = commits.open(run, -1);
    journal.append("run.admitted", null, { flow: plan.id, hash: plan.hash, input, source: null, parent }, [{ op: "run.row", row }, ...waitersAtAdmission(plan, run, input)]);
    try {
      await journal.barrier();
    } catch (thrown) {
      if (thrown instanceof JournalLost && !stopped()) return;
      throw thrown;
    }
    stats.counters.runs += 1;
    // The owner of its shard is told by the store.
    if (!world.shards.owns(run)) return;
    // What it needs may be gone since its parent began: then it is there, and says so.
    if ("unbindable" in bound) return wake(row, world);
    const admitted: AdmittedRun = { flow: bound, ...at };
    takeIn(admitted, journal, slots, world);
  };
  await live.admissions.during(begin());
}
