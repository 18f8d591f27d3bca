import { canonicalJson, type Json } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { HttpAnswer } from "../../core/ports/http-server.js";
import type { RunId } from "../../core/run-id.js";
import { finishOf, readRun, type Stored } from "../live/load.js";
import { addCaller } from "../live/report.js";
import { waitsForSomebody } from "../live/waits-for-somebody.js";
import { patiently } from "../patience.js";
import { follow } from "../shards/elsewhere.js";
import type { RunReport, World } from "../world.js";
import { answerOf, goesOn, refusal } from "./answer.js";

/** A request whose key has a run: the answer is that run's, now or when it ends. */
export async function answerAgain(plan: FlowPlan, run: RunId, message: Json, world: World): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RunReport>();
  promise.catch(() => undefined);
  // Before it is looked at, or its end would be missed.
  const leave = addCaller(world.live, run, { report: resolve, lost: reject });
  try {
    const stored = await readRun(run, world);
    const [admitted] = stored?.events ?? [];
    if (stored === null || admitted?.type !== "run.admitted") return refusal(410, "gone", "the answer for this key is no longer kept");
    if (canonicalJson(admitted.data.message ?? admitted.data.input) !== canonicalJson(message)) return refusal(422, "key_reused", "this `Idempotency-Key` was used with another request");
    // I37: the run keeps its version.
    const own = (await planOf(stored, world)) ?? plan;
    const known = await answerOfStored(own, stored, world);
    if (known !== null) return known;
    if (!world.shards.owns(run)) follow(run, world);
    const report = await promise;
    return report.status === "parked" ? goesOn(run, "parked") : answerOf(own, run, { ...report, status: report.status });
  } finally {
    leave();
  }
}

/** How a run stands that a request started: for who lost its answer. */
export async function answerFor(run: RunId, world: World): Promise<HttpAnswer | null> {
  const stored = await readRun(run, world);
  const [admitted] = stored?.events ?? [];
  if (stored === null || admitted?.type !== "run.admitted" || admitted.data.origin?.kind !== "http") return null;
  const plan = await planOf(stored, world);
  return plan === null ? null : ((await answerOfStored(plan, stored, world)) ?? goesOn(run, "running"));
}

const planOf = ({ row }: Stored, { ports, stopped }: World): Promise<FlowPlan | null> => patiently(ports.clock, stopped, () => ports.store.plan(row.hash));

/** Null: it goes on by itself. */
async function answerOfStored(plan: FlowPlan, { row, events }: Stored, world: World): Promise<HttpAnswer | null> {
  const end = finishOf(events);
  if (end !== undefined) return answerOf(plan, row.run, end.data);
  return world.live.parked.has(row.run) || (await waitsForSomebody(row.waits, world)) ? goesOn(row.run, "parked") : null;
}
