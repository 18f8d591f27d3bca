import { StepError } from "../../core/errors.js";
import type { Expr } from "../../core/expression.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { Tool } from "../../core/ports/tool.js";
import { compileExpr } from "../../expr/evaluate.js";
import { compileData, compilePrompt } from "../../expr/render.js";
import { readsVariable } from "../reads.js";
import type { ActiveRun } from "./active-run.js";
import { checkOf } from "./check-of.js";
import { endedByReply, heardReply } from "./heard-reply.js";
import { sized } from "./output-size.js";
import type { ReadyAgent, ReadyTool, ReadyTopic } from "./ready.js";
import { toOutput, toOwnError } from "./tool-data.js";

export function readyTopic(plan: FlowPlan, name: string): ReadyTopic {
  const topic = plan.topics[name];
  return { name, key: topic?.key === undefined ? null : closure(topic.key), readsMeta: readsVariable(topic?.key, "meta"), check: checkOf(plan, topic?.message), most: topic?.maxBytes ?? null, claimCheck: topic?.claimCheck === true };
}

export function readyTool(plan: FlowPlan, name: string): ReadyTool {
  const tool = required(plan.tools[name], "tool", name);
  return {
    name,
    plan: tool,
    checkInput: checkOf(plan, tool.input),
    remembers: false,
    longest: tool.kind === "request" ? tool.timeout : null,
    isAnswered: (run, path, key) => tool.kind === "request" && heardReply(run, path, key) !== null,
    file: tool.kind === "module" ? tool.file : null,
    connect: (run) => (run.ctx.held?.() === true ? new Promise(() => undefined) : tool.kind === "request" ? answered(run, name) : run.ctx.ports.tool(run.ctx.plan, name)),
    output: toOutput(name, tool, checkOf(plan, tool.output)),
    failure: toOwnError(plan, name, tool),
    value: tool.kind === "expr" ? compileData(tool.value) : null,
    verify: tool.verify === undefined ? null : { tool: tool.verify.tool, with: sized(compileData(tool.verify.with)) },
  };
}

/** A request whose answer the run has heard is not sent again. */
async function answered(run: ActiveRun, name: string): Promise<Tool> {
  const tool = await run.ctx.ports.tool(run.ctx.plan, name);
  return {
    ...tool,
    async call(call) {
      const { path } = call.run;
      try {
        return await tool.call({ ...call, heard: () => heardReply(run, path, call.key) });
      } catch (thrown) {
        // What comes when its time is over is the next attempt's.
        if (!call.signal.aborted && thrown instanceof StepError && thrown.outcome === "not_applied") endedByReply(run, path);
        throw thrown;
      }
    },
  };
}

export function readyAgent(plan: FlowPlan, name: string): ReadyAgent {
  const agent = required(plan.agents[name], "agent", name);
  const guards = (list: typeof agent.guards.input) => list.map((guard) => ({ text: guard.check.text, check: closure(guard.check), onFail: guard.onFail }));
  return {
    name,
    plan: agent,
    instructions: sized(compilePrompt(agent.instructions)),
    checkOutput: checkOf(plan, agent.output),
    guards: { input: guards(agent.guards.input), output: guards(agent.guards.output) },
    models: agent.models.map((model) => ({ name: model, plan: required(plan.models[model], "model", model) })),
  };
}

const closure = (expr: Expr) => compileExpr(expr.ast, expr.text);

function required<T>(value: T | undefined, what: string, name: string): T {
  if (value === undefined) throw new TypeError(`the plan has no ${what} ${name}`);
  return value;
}
