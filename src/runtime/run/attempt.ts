import { StepError } from "../../core/errors.js";
import { startTimer } from "./active-run.js";
import type { Frame } from "./frame.js";
import { onCancelled } from "./scope.js";

/** How long a cancelled write without a limit of its own may still take. Then it is aborted, and its outcome unknown. */
export const GRACE_MS = 30_000;

/**
 * One attempt with its own AbortController (I12) and time limit. When its scope is cancelled, `abort` abandons it (reads
 * and model calls); `finish` lets it end, for aborting a write would only hide its outcome (I28).
 * An attempt that does not heed its signal is left behind.
 */
export function attempt<T>(frame: Frame, timeoutMs: number | null, work: (signal: AbortSignal) => Promise<T>, cancelled: "abort" | "finish"): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let stop = (): void => undefined;
    let off = (): void => undefined;
    const end = (): void => {
      stop();
      off();
    };
    const abandon = (reason: Error): void => {
      end();
      controller.abort(reason);
      reject(reason);
    };
    const limit = (ms: number): void => {
      stop = startTimer(frame.run, ms, () => abandon(new StepError("timeout", `no answer within ${ms} ms`, { outcome: "unknown" })));
    };
    if (timeoutMs !== null) limit(timeoutMs);
    off = onCancelled(frame.scope, (reason) => {
      if (cancelled === "abort") abandon(reason);
      else if (timeoutMs === null) limit(GRACE_MS);
    });
    const working = async (): Promise<T> => work(controller.signal);
    working().then(resolve, reject).finally(end);
  });
}
