import { startTimer } from "./active-run.js";
import type { Frame } from "./frame.js";
import { onCancelled } from "./scope.js";

/** Waits, unless the frame's scope is cancelled first. */
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
