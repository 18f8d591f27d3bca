import type { StepPlan } from "../../../core/plan/step.js";
import { StepError } from "../../../core/errors.js";
import { Timestamp } from "../../../expr/evaluate/time.js";
import { isTimed } from "../../saga/insist.js";
import type { Frame } from "../frame.js";
import type { Maker, StepBody } from "../ready.js";
import { waitForMessage } from "./wait-message.js";
import { waitForSignal } from "./wait-signal.js";
import { waitForTime } from "./wait-time.js";

/** Parks the run until a time, or until what it waits for comes. Its `timeout` is its own, so that it is one wait and one timer. */
export function makeWait(maker: Maker, step: StepPlan & { readonly kind: "wait" }): StepBody {
  const { for: what } = step;
  // What collects never raises it: it is a time like any other there.
  const raises = what.is !== "message" || what.collect === undefined;
  const timeout = (frame: Frame): number => (raises && !isTimed(frame) ? Infinity : (step.timeout ?? Infinity));
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
