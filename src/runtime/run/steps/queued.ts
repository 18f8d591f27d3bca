import type { Duty } from "../../../core/event.js";
import type { QueuePlan, StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { recordsUndo } from "../../saga/ledger.js";
import { withDeadline } from "../deadline.js";
import type { Frame } from "../frame.js";
import type { Maker, StepBody } from "../ready.js";
import { runChild } from "./child-run.js";
import { makeSite } from "./site.js";
import { makeTarget } from "./target.js";
import { callEnv, makeKey } from "./tool-key.js";

/** A tool that any worker of a queue calls, under the key that it would have here: to be on a queue changes no effect (I10). */
export function makeQueuedTool(maker: Maker, plan: StepPlan & { kind: "tool" }, queue: QueuePlan): StepBody {
  const inputOf = maker.data(plan.with);
  const site = makeSite(maker, queue);
  const keyOf = makeKey(maker, plan);
  const declared = maker.plan.tools[plan.tool];
  const undoing = plan.compensate ?? declared?.compensate;
  const act = (frame: Frame, path: Path) =>
    runChild(frame, path, () => {
      const { undo, env } = frame;
      const input = () => inputOf(env);
      const key = keyOf(frame, path);
      return {
        flow: plan.tool,
        as: queue.as,
        detached: false,
        site: site(env),
        input,
        duty: () => ({ ...dutyOf(frame), ...(key === "" ? {} : { key }) }),
        undo: declared?.effect === "write" ? recordsUndo(undo, undoing, () => ({ env: plan.compensate === undefined ? callEnv(input()) : env, key })) : null,
      };
    });
  return { compute: null, act: (frame, path) => limited(frame, path, plan.timeout, act), records: true };
}

/** An agent that any worker of a queue runs: its model and tool calls are in the journal of that run. */
export function makeQueuedAgent(maker: Maker, plan: StepPlan & { kind: "agent" }, queue: QueuePlan): StepBody {
  const target = makeTarget(maker, plan.agent);
  const inputOf = maker.data(plan.with);
  const site = makeSite(maker, queue);
  const act = (frame: Frame, path: Path) =>
    runChild(frame, path, () => {
      const agent = target(frame);
      return { flow: agent, as: queue.as, detached: false, site: site(frame.env), input: () => inputOf(frame.env), duty: () => ({ ...dutyOf(frame), ...(typeof plan.agent === "string" ? {} : { agent }) }), spends: maker.plan.agents[agent]?.limits ?? {}, undo: null };
    });
  return { compute: null, act: (frame, path) => limited(frame, path, plan.timeout, act), records: true, agent: target };
}

/** What stands around it, as far as it decides how it is done. */
function dutyOf({ undo, must, catching }: Frame): Duty {
  return {
    ...(undo === null || must !== null ? {} : { settles: true }),
    ...(must === null ? {} : { must: must.phase, catching: catching.map((codes) => (codes === null ? null : [...codes])) }),
  };
}

type Act = NonNullable<StepBody["act"]>;

/** Its time limit is over the whole way. */
const limited = (frame: Frame, path: Path, ms: number | undefined, act: Act): ReturnType<Act> =>
  ms === undefined ? act(frame, path) : withDeadline(frame, path, ms, (inside) => act(inside, path), "timeout", "counts");
