import type { StepPlan } from "../../../core/plan/step.js";
import { undoRecord } from "../../saga/ledger.js";
import { callTool } from "../call-tool.js";
import type { Frame } from "../frame.js";
import type { Maker, Output, StepBody } from "../ready.js";
import { computeTool } from "../tool-data.js";
import { makeQueuedTool } from "./queued.js";
import { callEnv, makeKey } from "./tool-key.js";

export function makeTool(maker: Maker, plan: StepPlan & { kind: "tool" }): StepBody {
  const input = maker.data(plan.with);
  const declared = maker.plan.tools[plan.tool];
  if (declared?.kind === "expr") return { compute: makeExpression(maker, plan, input), act: null, records: false };
  if (plan.queue !== undefined) return makeQueuedTool(maker, plan, plan.queue);
  const keyOf = makeKey(maker, plan);
  return {
    compute: null,
    act: (frame, path) => {
      const request = {
        tool: maker.ready().tool(plan.tool),
        input: input(frame.env),
        policy: maker.ready().policy(plan.policy),
        key: keyOf(frame, path),
        ...(plan.key === undefined || declared?.effect !== "write" || frame.run.ctx.duty !== undefined ? {} : { ownKey: true as const }),
        onUnknown: plan.onUnknown ?? frame.undo?.onUnknown ?? null,
        timeout: plan.timeout ?? null,
      };
      const { undo } = frame;
      const undoing = plan.compensate ?? declared?.compensate;
      // I32: from the pivot on nothing is undone.
      // A task is undone by the run that it is of.
      if (undo === null || undo.forwardOnly || frame.run.ctx.duty !== undefined || plan.pivot === true || undoing === undefined || declared?.effect !== "write") return callTool(frame, path, { ...request, undo: null });
      const env = plan.compensate === undefined ? callEnv(request.input) : frame.env;
      return callTool(frame, path, { ...request, undo: () => undoRecord(undo, undoing, env, request.key) });
    },
    records: true,
  };
}

/** A pure tool is computed where it stands. */
function makeExpression(maker: Maker, plan: StepPlan & { kind: "tool" }, input: ReturnType<Maker["data"]>): (frame: Frame) => Output {
  return (frame) => {
    const tool = maker.ready().tool(plan.tool);
    return tool.value === null ? undefined : computeTool(frame, tool, tool.value, input(frame.env));
  };
}
