import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { textOf } from "../../../expr/evaluate/text-of.js";
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
  const keyOf = (frame: Frame, path: Path): string => (declared?.effect === "read" ? "" : ownKey === null ? idempotencyKey(frame.run.ctx.keyRun, path) : ownIdempotencyKey(plan.tool, textOf(ownKey(frame.env))));
  return {
    compute: null,
    act: (frame, path) =>
      callTool(frame, path, {
        tool: maker.ready().tool(plan.tool),
        input: input(frame.env),
        policy: maker.ready().policy(plan.policy),
        key: keyOf(frame, path),
        onUnknown: plan.onUnknown ?? null,
        timeout: plan.timeout ?? null,
      }),
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
