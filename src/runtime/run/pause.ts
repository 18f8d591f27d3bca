import { append, isJournaled, startTimer } from "./active-run.js";
import type { Path } from "../../core/run-id.js";
import type { Frame } from "./frame.js";
import { onCancelled } from "./scope.js";
import { durableWait } from "./wait.js";

/** I15: shorter delays are kept in memory only, and counted again from the recorded time. */
export const VOLATILE_MS = 5_000;

/** Waits until a time: of a `retryAt` that the journal holds, or of a rate, unless the frame's scope is cancelled first. A long wait parks the run. */
export async function pauseUntil(frame: Frame, path: Path, due: number, why: "retry" | "rate" = "retry"): Promise<void> {
  const { run } = frame;
  const ms = due - run.ctx.ports.clock.now();
  if (ms <= 0) return;
  if (ms < VOLATILE_MS || !isJournaled(run)) {
    await pause(frame, ms);
    return;
  }
  const known = run.past?.get(path)?.events.some((event) => event.type === "timer.set" && event.data.due === due);
  if (known !== true) append(run, "timer.set", path, { due, why });
  await durableWait(frame, path, { kind: "timer", path, until: due });
}

/** In memory only. */
export function pause(frame: Frame, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = startTimer(frame.run, ms, () => {
      off();
      resolve();
    });
    const off = onCancelled(frame.scope, (cancelled) => {
      stop();
      reject(cancelled);
    });
  });
}
