import type { Json } from "../../../core/json.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { textOf } from "../../../expr/evaluate/text-of.js";
import { undoRecord } from "../../saga/ledger.js";
import { Bare } from "../bare.js";
import { callTool } from "../call-tool.js";
import type { Frame } from "../frame.js";
import { idempotencyKey, ownIdempotencyKey } from "../idempotency-key.js";
import type { Maker, Output, StepBody } from "../ready.js";
import { computeTool } from "../tool-data.js";

export function makeTool(maker: Maker, plan: StepPlan & { kind: "tool" }): StepBody {
  const input = maker.data(plan.with);
  const ownKey = plan.key === undefined ? null : maker.data(plan.key);
  const declared = maker.plan.tools[plan.tool];
  if (declared?.kind === "expr") return { compute: makeExpression(maker, plan, input), act: null, records: false };
  // A read has no key: nothing is done twice.
  const keyOf = (frame: Frame, path: Path): string => (declared?.effect === "read" ? "" : ownKey === null ? idempotencyKey(frame.run.ctx.keyRun, frame.must?.keyPath ?? path) : ownIdempotencyKey(plan.tool, textOf(ownKey(frame.env))));
  return {
    compute: null,
    act: (frame, path) => {
      const request = {
        tool: maker.ready().tool(plan.tool),
        input: input(frame.env),
        policy: maker.ready().policy(plan.policy),
        key: keyOf(frame, path),
        onUnknown: plan.onUnknown ?? frame.undo?.onUnknown ?? null,
        timeout: plan.timeout ?? null,
      };
      const { undo } = frame;
      const undoing = plan.compensate ?? declared?.compensate;
      // I32: from the pivot on nothing is undone.
      if (undo === null || undo.forwardOnly || plan.pivot === true || undoing === undefined || declared?.effect !== "write") return callTool(frame, path, { ...request, undo: null });
      const env = plan.compensate === undefined ? callEnv(request.input) : frame.env;
      return callTool(frame, path, { ...request, undo: () => undoRecord(undo, undoing, env, request.key) });
    },
    records: true,
  };
}

/** What a tool's own `compensate` sees of the call. */
export function callEnv(input: Json): Bare {
  const env = new Bare();
  env.input = input;
  return env;
}

/** A pure tool is computed where it stands. */
function makeExpression(maker: Maker, plan: StepPlan & { kind: "tool" }, input: ReturnType<Maker["data"]>): (frame: Frame) => Output {
  return (frame) => {
    const tool = maker.ready().tool(plan.tool);
    return tool.value === null ? undefined : computeTool(frame, tool, tool.value, input(frame.env));
  };
}
