import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { ModelAnswer } from "../../core/ports/model.js";
import { bare, type Bare } from "../run/bare.js";
import type { AgentRun } from "./agent-run.js";
import { readOutput } from "./output.js";

/** A problem is what the model is told; `code` is raised when it is not asked again. */
export type Verdict = { readonly output: Json } | { readonly problem: string; readonly code: "invalid_output" | "limit" | "refused"; readonly repairable: boolean };

/** Variables of instructions and guards. */
export const agentEnv = ({ frame, input }: AgentRun): Bare => bare({ input, run: frame.env.run });

/** Before the first call: nothing can be repaired, for the input is not the model's. */
export function guardInput(run: AgentRun): void {
  const env = agentEnv(run);
  const broken = run.agent.guards.input.find(({ check }) => check(env) !== true);
  if (broken !== undefined) throw new StepError("refused", `a guard of the agent \`${run.agent.name}\` refuses its input: \`${broken.text}\` does not hold`);
}

/** Whether an answer is the agent's output: whole, of its type, and held good by every guard. */
export function judge(run: AgentRun, answer: ModelAnswer): Verdict {
  const { agent } = run;
  const cut = answer.finish === "length";
  const read = agent.plan.output === undefined ? { output: answer.text } : readOutput(answer.text, agent.checkOutput);
  if (cut && (agent.plan.output === undefined || "problem" in read)) {
    return { problem: "it was cut off at the longest length that is allowed: answer more briefly", code: "limit", repairable: true };
  }
  if ("problem" in read) return { problem: read.problem, code: "invalid_output", repairable: true };
  const env = Object.assign(agentEnv(run), { output: read.output });
  const broken = agent.guards.output.find(({ check }) => check(env) !== true);
  if (broken === undefined) return read;
  return { problem: `\`${broken.text}\` must hold`, code: "refused", repairable: broken.onFail === "repair" };
}
