import type { Path } from "../../../core/run-id.js";
import type { StepPlan } from "../../../core/plan/step.js";
import { newProgress } from "../../agent/agent-run.js";
import { runAgent } from "../../agent/run-agent.js";
import { append } from "../active-run.js";
import type { Frame } from "../frame.js";
import type { Maker, Output, StepBody } from "../ready.js";
import { makeTarget } from "./target.js";

/** A composite (I5): once its own end is recorded, replay does not look at its model and tool calls. */
export function makeAgent(maker: Maker, plan: StepPlan & { kind: "agent" }): StepBody {
  const target = makeTarget(maker, plan.agent);
  const input = maker.data(plan.with);
  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const { run } = frame;
    const { clock } = run.ctx.ports;
    const ready = maker.ready();
    const begun = clock.monotonic();
    const took = (): number => Math.round(clock.monotonic() - begun);
    const progress = newProgress();
    try {
      const output = await runAgent({ frame, path, agent: ready.agent(target(frame)), input: input(frame.env), policy: ready.policy(plan.policy), progress });
      append(run, "step.completed", path, { attempt: progress.calls, ms: took(), output });
      return output;
    } finally {
      if (frame.info !== null) run.notes.set(path, { attempts: progress.calls, ms: took(), usd: progress.usd });
    }
  };
  return { compute: null, act, records: true, agent: target };
}
