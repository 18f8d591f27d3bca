import type { StepPlan } from "../../../core/plan/step.js";
import { recordsUndo } from "../../saga/ledger.js";
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
      // A task is undone by the run that it is of; I32: from the pivot on nothing is.
      const stays = declared?.effect !== "write" || frame.run.ctx.duty !== undefined || plan.pivot === true;
      const undo = stays ? null : recordsUndo(frame.undo, plan.compensate ?? declared.compensate, () => ({ env: plan.compensate === undefined ? callEnv(request.input) : frame.env, key: request.key }));
      return callTool(frame, path, { ...request, undo });
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
