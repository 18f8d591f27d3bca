import { StepError } from "../../core/errors.js";
import type { Json } from "../../core/json.js";
import type { ModelAnswer, ModelMessage, ModelRequest } from "../../core/ports/model.js";
import { TRANSIENT } from "../policy/retryable.js";
import { withDeadline } from "../run/deadline.js";
import { hasNextModel, type AgentRun } from "./agent-run.js";
import { agentEnv, guardInput, judge } from "./judge.js";
import { callModel } from "./model-call.js";
import { runToolCalls } from "./tool-calls.js";

/** A reactive agent: one model in a bounded loop of tools and repairs, until an answer is its output. */
export function runAgent(run: AgentRun): Promise<Json> {
  return withDeadline(run.frame, run.path, run.agent.plan.limits.timeout, (frame) => converse({ ...run, frame }), "agent");
}

async function converse(run: AgentRun): Promise<Json> {
  const { agent, input } = run;
  const { limits, repair } = agent.plan;
  guardInput(run);
  const messages: ModelMessage[] = [
    { role: "system", text: agent.instructions(agentEnv(run)) },
    { role: "user", text: typeof input === "string" ? input : JSON.stringify(input) },
  ];
  const offer = offered(run);
  let repairs = 0;
  for (let turn = 1; turn <= limits.turns; turn += 1) {
    const answer = await ask(run, { messages: [...messages], ...offer });
    if (answer.finish === "filter") throw new StepError("refused", `the model of the agent \`${agent.name}\` refuses to answer${refusal(answer.text)}`);
    if (answer.toolCalls.length > 0) {
      messages.push({ role: "assistant", text: answer.text, toolCalls: answer.toolCalls }, ...(await runToolCalls(run, answer.toolCalls)));
      continue;
    }
    const verdict = judge(run, answer);
    if ("output" in verdict) return verdict.output;
    if (!verdict.repairable || repairs >= repair) throw new StepError(verdict.code, `the answer of the agent \`${agent.name}\` cannot be used: ${verdict.problem}`);
    repairs += 1;
    messages.push({ role: "assistant", text: answer.text, toolCalls: [] }, { role: "user", text: `Your answer cannot be used: ${verdict.problem}. Answer again.` });
  }
  throw new StepError("limit", `the agent \`${agent.name}\` has no answer after ${limits.turns} model calls`);
}

/** As long as what a provider says of an error: a refusal may be a whole answer. */
const MOST_SAID = 500;
const refusal = (text: string): string => (text === "" ? "" : `: ${text.slice(0, MOST_SAID)}${text.length > MOST_SAID ? "…" : ""}`);

/** What every request of the agent offers and asks for. */
function offered({ agent, frame }: AgentRun): Omit<ModelRequest, "messages"> {
  const { schemas } = frame.run.ctx.plan;
  const { tools, output } = agent.plan;
  return {
    tools: tools.map((name) => {
      const { plan } = frame.run.ready.tool(name);
      return { name, description: plan.summary ?? name, schema: schemas[plan.input] ?? true };
    }),
    ...(output === undefined ? {} : { output: { name: agent.name, schema: schemas[output] ?? true } }),
  };
}

/** Order: retry → next model. The next model is the next call, `~m` (I36), and stays the agent's model from then on. */
async function ask(run: AgentRun, request: ModelRequest): Promise<ModelAnswer> {
  for (;;) {
    try {
      return await callModel(run, request);
    } catch (thrown) {
      if (!hasNextModel(run) || !(thrown instanceof StepError) || !TRANSIENT.includes(thrown.code)) throw thrown;
      run.progress.model += 1;
    }
  }
}
