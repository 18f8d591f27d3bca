import { StepError } from "../../../core/errors.js";
import type { Path } from "../../../core/run-id.js";
import { append } from "../active-run.js";
import { overMessage } from "../deadline.js";
import type { Frame } from "../frame.js";
import { pause, VOLATILE_MS } from "../pause.js";
import type { Output, StepBody } from "../ready.js";
import { recordedWait } from "../recorded-wait.js";
import { throwIfCancelled } from "../scope.js";
import { completeWait, durableWait, withdrawn } from "../wait.js";

/** `dueOf`: ms since the epoch, from when the wait began. It counts from its first start, over parking and restarts. */
export function waitForTime(dueOf: (frame: Frame, began: number) => number, timeoutOf: (frame: Frame) => number): StepBody {
  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const { run } = frame;
    const { clock } = run.ctx.ports;
    const { events, wait: opened, began } = recordedWait(run, path);
    const due = dueOf(frame, began);
    const timeout = timeoutOf(frame);
    const limit = (run.since.get(path) ?? began) + timeout;
    // The recorded end decides: what a replay computes may differ by the time between two looks at the clock.
    const until = opened?.until ?? Math.min(due, limit);
    if (until > clock.now() && !events.some(({ type }) => type === "timer.fired")) {
      throwIfCancelled(frame.scope);
      const wait = { kind: "timer", path, until } as const;
      if (opened === null) append(run, "wait.opened", path, wait);
      const ms = until - clock.now();
      // I15: short ones are kept in memory only.
      await (ms < VOLATILE_MS ? pause(frame, ms) : durableWait(frame, path, wait)).catch((thrown: unknown) => withdrawn(frame, path, thrown));
    }
    // Not by the recorded end, which may lie a moment before what a replay computes.
    if (limit < due) throw new StepError("timeout", overMessage(timeout));
    return completeWait(frame, path, began, undefined);
  };
  return { compute: null, act, records: true };
}
