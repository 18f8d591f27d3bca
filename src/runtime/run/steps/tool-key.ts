import type { Json } from "../../../core/json.js";
import type { StepPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { textOf } from "../../../expr/evaluate/text-of.js";
import { bare, type Bare } from "../bare.js";
import type { Frame } from "../frame.js";
import { keyAt, ownIdempotencyKey } from "../idempotency-key.js";
import type { Maker } from "../ready.js";

/** The idempotency key of a step's call; of a read it is empty: nothing is done twice. A task has that of its run. */
export function makeKey(maker: Maker, plan: StepPlan & { kind: "tool" }): (frame: Frame, path: Path) => string {
  const tool = maker.plan.tools[plan.tool];
  // An answer is known by it.
  if (tool?.effect === "read" && tool.kind !== "request") return () => "";
  const own = plan.key === undefined ? null : maker.data(plan.key);
  return ({ run, must, env }, path) => run.ctx.duty?.key ?? (own === null ? keyAt(run.ctx, must?.keyPath ?? path) : ownIdempotencyKey(plan.tool, textOf(own(env)), run.ctx, path));
}

/** What a tool's own `compensate` sees of the call. */
export const callEnv = (input: Json): Bare => bare({ input });
