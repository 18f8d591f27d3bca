import type { ModelMessage, ToolCallRequest } from "../../core/ports/model.js";
import { enter, leave } from "../run/active-run.js";
import { callTool } from "../run/call-tool.js";
import { keyAt } from "../run/idempotency-key.js";
import { raisedFrom } from "../run/raised.js";
import { throwIfCancelled } from "../run/scope.js";
import { callEnv } from "../run/steps/tool-key.js";
import { recordsUndo } from "../saga/ledger.js";
import type { AgentRun } from "./agent-run.js";

/** I35: all tool calls of one answer at once, their results by index; the model goes on when all have ended. */
export async function runToolCalls(run: AgentRun, calls: readonly ToolCallRequest[]): Promise<readonly ModelMessage[]> {
  const { frame } = run;
  // Each call may come to stand at a durable wait on its own (I12). The last to end gives its place back to the agent.
  let open = calls.length;
  const ended = await Promise.allSettled(
    calls.map(async (call, index) => {
      if (index > 0) enter(frame.run);
      try {
        return await resultText(run, call, index);
      } finally {
        open -= 1;
        if (open > 0) leave(frame.run);
      }
    }),
  );
  // Recorded turns are gone through also where the agent is cancelled: a write of a later one may have to be settled (I28).
  // A model call that has not begun is not made then.
  if (ended.some(({ status }) => status === "rejected")) throwIfCancelled(frame.scope);
  return ended.map((end, index) => {
    if (end.status === "rejected") throw end.reason;
    return { role: "tool", callId: calls[index]?.id ?? "", text: end.value };
  });
}

/** A failing tool is a result for the model, unless nobody knows whether it has happened. */
async function resultText(run: AgentRun, { name, args, raw }: ToolCallRequest, index: number): Promise<string> {
  const { frame, agent, progress } = run;
  if (!agent.plan.tools.includes(name)) return `error: there is no tool \`${name}\`, only ${agent.plan.tools.join(", ") || "none"}`;
  if (raw !== undefined) return `error: invalid_input: the arguments of \`${name}\` are no JSON`;
  const path = `${run.path}~${progress.calls}.${index}`;
  const key = keyAt(frame.run.ctx, path);
  try {
    // `info` speaks of the flow's own steps.
    const tool = frame.run.ready.tool(name);
    const { undo } = frame;
    const { compensate } = tool.plan;
    // I33: each call is a participant of the saga.
    const record = tool.plan.effect === "write" ? recordsUndo(undo, compensate, () => ({ env: callEnv(args), key })) : null;
    const output = await callTool({ ...frame, info: null, must: null }, path, { tool, input: args, policy: null, key, onUnknown: undo?.onUnknown ?? null, timeout: null, undo: record });
    if (output === undefined) return "done";
    return typeof output === "string" ? output : JSON.stringify(output);
  } catch (thrown) {
    const raised = raisedFrom(thrown, path);
    if (raised.unknown || raised.error.code === "unknown") throw raised;
    return `error: ${raised.error.code}: ${raised.error.message}`;
  }
}
