import type { StepPlan } from "../../../core/plan/step.js";
import { StepError } from "../../../core/errors.js";
import { Timestamp } from "../../../expr/evaluate/time.js";
import type { Maker, StepBody } from "../ready.js";
import { waitForMessage } from "./wait-message.js";
import { waitForSignal } from "./wait-signal.js";
import { waitForTime } from "./wait-time.js";

/** Parks the run until a time, or until what it waits for comes. Its `timeout` is its own, so that it is one wait and one timer. */
export function makeWait(maker: Maker, step: StepPlan & { readonly kind: "wait" }): StepBody {
  const { for: what, timeout = Infinity } = step;
  switch (what.is) {
    case "duration":
      return waitForTime((_frame, began) => began + what.ms, timeout);
    case "time": {
      const at = maker.expr(what.at);
      return waitForTime(({ env }) => {
        const time = at(env);
        if (time instanceof Timestamp) return time.ms;
        throw new StepError("expr", `\`${what.at.text}\` gives no timestamp`);
      }, timeout);
    }
    case "message":
      return waitForMessage(maker, step, what, timeout);
    case "signal":
      return waitForSignal(what, timeout);
  }
}
