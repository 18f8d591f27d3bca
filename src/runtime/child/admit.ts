import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { rowOf, type AdmittedRun } from "../live/admitted-run.js";
import { abandon } from "../live/drive.js";
import { isKnown } from "../live/live.js";
import { takeIn } from "../live/take-in.js";
import { wake } from "../live/wake.js";
import { patiently } from "../patience.js";
import { type Journal, JournalLost } from "../run/journal.js";
import { waitersAtAdmission } from "../waiter/register.js";
import type { World } from "../world.js";
import type { Admit } from "./task.js";

/** Creates the run by its first event: one that is there already is left as it is (I25). */
export async function admitChild(plan: FlowPlan, { child: run, input, parent }: Admit, world: World): Promise<void> {
  const { ports, commits, live, stats, shards, stopped } = world;
  const { clock, store } = ports;
  const bound = await live.bind(plan.id, plan.hash);
  const at = { run, keyRun: parent.keys ?? run, ...(parent.again === undefined ? {} : { again: parent.again }), input, key: parent.key ?? null, admittedAt: clock.now(), began: clock.monotonic(), lane: null, from: null, parent };
  const row = rowOf({ flow: { plan }, run, admittedAt: at.admittedAt }, null, null);
  const slots = await live.slotsFor(row, parent);
  const appended = (): Journal => {
    const journal = commits.open(run, -1);
    journal.append("run.admitted", null, { flow: plan.id, hash: plan.hash, input, source: null, parent }, [{ op: "run.row", row }, ...waitersAtAdmission(plan, run, input)]);
    return journal;
  };
  const isDurable = (journal: Journal): Promise<boolean> =>
    journal.barrier().then(
      () => true,
      (thrown: unknown) => {
        if (thrown instanceof JournalLost && !stopped()) return false;
        throw thrown;
      },
    );

  /** What it appends first goes with its admission, and acts when that is durable (I4); false: it is there already, or its shard is another process's. */
  const beginNow = (admitted: AdmittedRun): Promise<boolean> => {
    const journal = appended();
    const durable = live.admissions.early(run, isDurable(journal), () => {
      if (live.owned.get(run) === owned) abandon(owned, world);
    });
    const owned = takeIn(admitted, journal, slots, world);
    return durable;
  };

  /** A turn of its mailbox: what is asked of it meanwhile is asked of the one that is there (I13). */
  const begin = async (): Promise<void> => {
    if (isKnown(live, run)) return;
    const tried = shards.owns(run) && !("unbindable" in bound);
    if (tried && (await beginNow({ flow: bound, ...at }))) {
      stats.counters.runs += 1;
      return;
    }
    if (await isDurable(appended())) {
      stats.counters.runs += 1;
      // Else the owner of its shard is told by the store. What it needs may be gone since its parent began: then it is there, and says so.
      if (shards.owns(run)) return wake(row, world);
      return;
    }
    // Who wanted to wake it meanwhile, or took up its shard, has found this one in memory.
    const there = tried ? await patiently(clock, stopped, () => store.run(run)) : null;
    if (there !== null && there.status === null) await wake(there, world);
  };
  await live.admissions.during(live.mailbox.turn(run, begin));
}
