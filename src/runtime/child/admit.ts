import type { FlowPlan } from "../../core/plan/flow-plan.js";
import { rowOf } from "../live/admitted-run.js";
import { beginEarly, isDurable } from "../live/begin-early.js";
import { isKnown } from "../live/live.js";
import { wake } from "../live/wake.js";
import type { OwnedJournal } from "../run/journal.js";
import { waitersAtAdmission } from "../waiter/register.js";
import type { World } from "../world.js";
import type { Admit } from "./task.js";

/** Creates the run by its first event: one that is there already is left as it is (I25). */
export async function admitChild(plan: FlowPlan, { child: run, input, parent }: Admit, world: World): Promise<void> {
  const { ports: { clock }, commits, live, stats, shards } = world;
  const bound = await live.bind(plan.id, plan.hash);
  const at = { run, keyRun: parent.keys ?? run, ...(parent.again === undefined ? {} : { again: parent.again }), input, key: parent.key ?? null, admittedAt: clock.now(), began: clock.monotonic(), lane: null, from: null, parent, ...(parent.traceparent === undefined ? {} : { traceparent: parent.traceparent }) };
  const row = rowOf({ flow: { plan }, run, admittedAt: at.admittedAt }, null, null);
  const slots = await live.slots.ofRun(row, parent);
  const appended = (): OwnedJournal => {
    const journal = commits.open(run, -1);
    journal.append("run.admitted", null, { flow: plan.id, hash: plan.hash, input, source: null, parent }, [{ op: "run.row", row }, ...waitersAtAdmission(plan, run, input)]);
    return journal;
  };
  /** A turn of its mailbox: what is asked of it meanwhile is asked of the one that is there (I13). */
  const begin = async (): Promise<void> => {
    if (isKnown(live, run)) return;
    const tried = shards.owns(run) && !("unbindable" in bound);
    if (tried && (await beginEarly({ flow: bound, ...at }, appended(), slots, world)) === "begun") {
      stats.counters.runs += 1;
      return;
    }
    if (!(await isDurable(appended(), world))) return;
    stats.counters.runs += 1;
    // Else the owner of its shard is told by the store. What it needs may be gone since its parent began: then it is there, and says so.
    if (shards.owns(run)) await wake(row, world);
  };
  await live.admissions.during(live.mailbox.turn(run, begin));
}
