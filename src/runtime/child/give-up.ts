import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Json } from "../../core/json.js";
import type { TextMessage } from "../../core/ports/bus.js";
import type { RunId } from "../../core/run-id.js";
import { commitAlone } from "../journal/commit-alone.js";
import { makeEvent } from "../journal/event.js";
import { rowOf } from "../live/admitted-run.js";
import type { World } from "../world.js";
import { taskMessage, type Unclaimed } from "./task.js";

/**
 * I25: the run of a task that nobody has begun is created as one that was cancelled, so that nobody begins it. Gives what
 * its parent has to be told, which is in the run's outbox until then: retention leaves it, and whoever comes next finds it.
 * Null: somebody has begun it.
 */
export async function giveUp(plan: FlowPlan, run: RunId, { parent }: Unclaimed, end: Json, { ports, stopped }: Pick<World, "ports" | "stopped">): Promise<TextMessage | null> {
  const at = ports.clock.now();
  const events = [
    makeEvent("run.admitted", run, 0, at, null, true, { flow: plan.id, hash: plan.hash, input: null, source: null, parent }),
    makeEvent("run.finished", run, 1, at, null, true, { status: "cancelled", usage: { in: 0, out: 0 }, usd: 0 }),
  ];
  const row = rowOf({ flow: { plan }, run, admittedAt: at }, null, { status: "cancelled", at, error: null });
  const message = taskMessage(run, { do: "finished", child: run, parent: parent.run, path: parent.path, end });
  const item = { run, expectedSeq: -1, entryId: `${run} given up`, fence: null, events, index: [{ op: "run.row" as const, row }, { op: "outbox.put" as const, message }] };
  return (await commitAlone(item, ports, stopped)) === "ok" ? message : null;
}
