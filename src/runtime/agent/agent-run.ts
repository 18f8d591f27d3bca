import type { Usage } from "../../core/event.js";
import type { Json } from "../../core/json.js";
import type { PolicyPlan } from "../../core/plan/flow-plan.js";
import type { Path } from "../../core/run-id.js";
import type { Frame } from "../run/frame.js";
import type { ReadyAgent } from "../run/ready.js";

/** One agent at work: a bounded loop of model calls `~1`, `~2`, … (I6). Replay goes through the same loop over recorded answers. */
export interface AgentRun {
  readonly frame: Frame;
  readonly path: Path;
  readonly agent: ReadyAgent;
  readonly input: Json;
  /** Of the step: retries, time limit, breaker and concurrency of its model calls. */
  readonly policy: { readonly name: string; readonly plan: PolicyPlan } | null;
  readonly progress: AgentProgress;
}

export interface AgentProgress {
  /** Model calls made, recorded ones included. */
  calls: number;
  /** Index in the agent's models: what has failed is not asked again. */
  model: number;
  in: number;
  out: number;
  usd: number;
}

export const newProgress = (): AgentProgress => ({ calls: 0, model: 0, in: 0, out: 0, usd: 0 });

export const hasNextModel = ({ agent, progress }: AgentRun): boolean => progress.model + 1 < agent.models.length;

/** Adds to what an agent, or the whole run, has spent. */
export function spend(progress: { in: number; out: number; usd: number }, usage: Usage, usd: number): void {
  progress.in += usage.in;
  progress.out += usage.out;
  progress.usd += usd;
}
