import { StepError } from "../../../core/errors.js";
import type { Target } from "../../../core/plan/step.js";
import type { Frame } from "../frame.js";
import type { Maker } from "../ready.js";

/** The name that a step names, or picks by an expression among the listed ones. */
export function makeTarget(maker: Maker, target: Target): (frame: Frame) => string {
  if (typeof target === "string") return () => target;
  const pick = maker.expr(target.pick);
  return (frame) => {
    const name = pick(frame.env);
    // A picked name is a member of an enum; with an import prefix the listed name is longer.
    const found = target.from.find((one) => one === name || one.endsWith(`.${String(name)}`));
    if (found === undefined) throw new StepError("expr", `\`${target.pick.text}\` gave ${JSON.stringify(name)}, which is none of ${target.from.join(", ")}`);
    return found;
  };
}
