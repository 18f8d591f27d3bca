import type { Path } from "../../../core/run-id.js";
import type { StepPlan } from "../../../core/plan/step.js";
import { newProgress } from "../../agent/agent-run.js";
import { runAgent } from "../../agent/run-agent.js";
import { composite } from "../composite.js";
import type { Frame } from "../frame.js";
import type { Maker, Output, StepBody } from "../ready.js";
import { makeQueuedAgent } from "./queued.js";
import { makeTarget } from "./target.js";

/** A composite (I5): once its own end is recorded, replay does not look at its model and tool calls. */
export function makeAgent(maker: Maker, plan: StepPlan & { kind: "agent" }): StepBody {
  if (plan.queue !== undefined) return makeQueuedAgent(maker, plan, plan.queue);
  const picked = makeTarget(maker, plan.agent);
  const target = (frame: Frame): string => frame.run.ctx.duty?.agent ?? picked(frame);
  const inputOf = maker.data(plan.with);
  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const ready = maker.ready();
    const progress = newProgress();
    const agent = ready.agent(target(frame));
    const input = inputOf(frame.env);
    const note = () => ({ attempts: progress.calls, usd: progress.usd });
    return composite(frame, path, { kind: plan.kind, effect: "model", input, note }, () => runAgent({ frame, path, agent, input, policy: ready.policy(plan.policy), progress }));
  };
  return { compute: null, act, records: true, agent: target };
}
