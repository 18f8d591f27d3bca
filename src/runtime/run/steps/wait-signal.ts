import { StepError } from "../../../core/errors.js";
import type { RunEvent, Wait } from "../../../core/event.js";
import type { WaitPlan } from "../../../core/plan/step.js";
import type { Path } from "../../../core/run-id.js";
import { append } from "../active-run.js";
import type { Frame } from "../frame.js";
import type { Output, StepBody } from "../ready.js";
import { recordedWait } from "../recorded-wait.js";
import { throwIfCancelled } from "../scope.js";
import { takenAt, takeSignal } from "../signals.js";
import { completeWait, durableWait, withdrawn } from "../wait.js";

/** Takes the first signal of its name that no other wait has taken, also one that came before. */
export function waitForSignal({ signal, output }: WaitPlan & { readonly is: "signal" }, timeoutOf: (frame: Frame) => number): StepBody {
  const act = async (frame: Frame, path: Path): Promise<Output> => {
    const { run } = frame;
    const { events, wait: opened, began } = recordedWait(run, path);
    let end: RunEvent | null = takenAt(run, path)[0] ?? events.find(({ type }) => type === "timer.fired") ?? null;
    if (end === null) {
      throwIfCancelled(frame.scope);
      end = takeSignal(run, path, signal);
    }
    if (end === null) {
      const timeout = timeoutOf(frame);
      const wait: Wait = opened ?? { kind: "signal", path, signal, ...(timeout < Infinity ? { until: (run.since.get(path) ?? began) + timeout } : {}), ...(output === undefined ? {} : { output }) };
      if (opened === null) append(run, "wait.opened", path, wait);
      end = await durableWait(frame, path, wait, () => takeSignal(run, path, signal)).catch((thrown: unknown) => withdrawn(frame, path, thrown));
    }
    if (end.type !== "signal.received") throw new StepError("timeout", `the signal \`${signal}\` did not come in time`);
    return completeWait(frame, path, began, end.data.payload);
  };
  return { compute: null, act, records: true };
}
