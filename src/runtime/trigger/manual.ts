import type { Json } from "../../core/json.js";
import type { TriggerPlan } from "../../core/plan/flow-plan.js";
import { compileData } from "../../expr/render.js";
import { StepError } from "../../core/errors.js";
import { compileValidator } from "../../schema/validator.js";
import { Timestamp } from "../../expr/evaluate/time.js";
import { sized } from "../run/output-size.js";
import { outgoing } from "../run/outgoing.js";
import { RuntimeClosed } from "../runtime-closed.js";
import type { Drive, LoadedFlow, RunReport, World } from "../world.js";
import { ownedId } from "../shards/owned-id.js";
import { admitAlone, admitNew, aloneRun } from "./alone.js";
import { isWholeMessage } from "./candidate.js";
import { createDeliver } from "./deliver.js";
import { runIdOf } from "./identity.js";
import { runPure } from "./pure-run.js";
import type { Slots } from "./slots.js";

/** Starts a run by hand and resolves when it has ended or waits for a person. An input that does not fit is a failed run. */
export type StartManually = (message: Json, drive?: Drive) => Promise<RunReport>;

type ManualTrigger = TriggerPlan & { readonly kind: "manual" };

/** Without a trigger of its own the message is the flow's input. */
export function manualRuns(flow: LoadedFlow, trigger: ManualTrigger | undefined, slots: Slots, world: World): StartManually {
  const { plan } = flow;
  const { clock, random } = world.ports;
  const { counters } = world.stats;
  const validate = compileValidator(plan.schemas[trigger?.message ?? plan.input] ?? true);
  const render = trigger === undefined || isWholeMessage(trigger.with) ? null : sized(compileData(trigger.with));
  const deliver = createDeliver(plan, undefined, world);

  return async (message, drive) => {
    const run = ownedId(world.shards, () => runIdOf(plan.id, `manual\n${random.id()}`, 0, 0));
    const issues = validate(message);
    if (issues !== null) return refuse(run, "schema", issues.map((issue) => issue.message).join("; "));
    let input = message;
    try {
      const now = clock.now();
      if (render !== null) input = render({ msg: message, meta: { key: null, headers: {}, topic: "", timestamp: new Timestamp(now), id: run } });
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      return refuse(run, thrown.code, `\`on\`: ${thrown.message}`);
    }
    return plan.class === "P" ? purely(run, input, drive) : journaled(run, input, drive);
  };

  function refuse(run: string, code: string, problem: string): RunReport {
    counters.runs += 1;
    counters.failed += 1;
    return { flow: plan.id, run, status: "failed", error: { code, message: problem }, emitted: [] };
  }

  async function purely(run: string, input: Json, drive: Drive | undefined): Promise<RunReport> {
    const { status, output, error, emitted } = await runPure(driven(flow, drive), { run, keyRun: run, input, key: null, source: null, timestamp: clock.now(), signal: drive?.abort.signal }, world);
    // What was not published is lost with the process: no output may be reported for it.
    if (!(await deliver(emitted.map((emitted) => outgoing(emitted)), []))) throw new RuntimeClosed();
    const ended = status === "running" ? "completed" : status;
    return { flow: plan.id, run, status: ended, ...(ended === "completed" ? { output } : {}), ...(error === null ? {} : { error }), emitted };
  }

  function journaled(run: string, input: Json, drive: Drive | undefined): Promise<RunReport> {
    const { promise, resolve, reject } = Promise.withResolvers<RunReport>();
    const alone = aloneRun(driven(flow, drive), run, input, world.ports);
    const admitted = drive === undefined ? alone : { ...alone, driven: drive.abort };
    const about = { caller: { report: resolve, lost: reject } };
    if (world.shards.owns(run)) admitNew(admitted, about, slots, world);
    else admitAlone(admitted, about, slots, world).catch(reject);
    return promise;
  }
}

const driven = (flow: LoadedFlow, drive: Drive | undefined): LoadedFlow => (drive === undefined ? flow : { plan: flow.plan, graph: drive.graph });
