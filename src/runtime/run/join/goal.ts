import { StepError } from "../../../core/errors.js";
import type { JoinPlan } from "../../../core/plan/step.js";
import type { Frame } from "../frame.js";
import type { Maker } from "../ready.js";

/** How a join ends: how many successes it needs, or that it takes what comes. */
export type Goal = "all" | "settled" | number;

export function makeGoal(maker: Maker, join: JoinPlan): (frame: Frame) => Goal {
  if (join === "all" || join === "settled") return () => join;
  if (join === "any") return () => 1;
  if (typeof join === "number") return () => join;
  const count = maker.expr(join);
  return (frame) => {
    const value = count(frame.env);
    if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
    throw new StepError("expr", `\`join: ${join.text}\` gave ${String(value)}, not a whole number from 1 on`);
  };
}
