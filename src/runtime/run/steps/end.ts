import type { StepPlan } from "../../../core/plan/step.js";
import { Raised, Returned } from "../raised.js";
import type { Maker, StepBody } from "../ready.js";

/** Raises the flow's own error. */
export function makeFail(maker: Maker, plan: StepPlan & { kind: "fail" }): StepBody {
  const message = maker.data(plan.message);
  const data = plan.data === undefined ? null : maker.optionalData(plan.data);
  return {
    compute: (frame, path) => {
      const text = message(frame.env);
      const more = data?.(frame.env);
      throw new Raised({ code: plan.code, message: typeof text === "string" ? text : JSON.stringify(text), step: path, attempts: 1, ...(more === undefined ? {} : { data: more }) });
    },
    act: null,
    records: true,
  };
}

/** Ends the flow with a value, from anywhere below. */
export function makeReturn(maker: Maker, plan: StepPlan & { kind: "return" }): StepBody {
  const value = maker.data(plan.value);
  return {
    compute: (frame, path) => {
      const result = value(frame.env);
      if (!frame.quiet) frame.run.pending.push({ path, output: result });
      throw new Returned(result);
    },
    act: null,
    records: true,
  };
}
