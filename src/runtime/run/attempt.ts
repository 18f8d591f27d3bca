import { StepError } from "../../core/errors.js";
import { type ActiveRun, startTimer } from "./active-run.js";
import { onCancelled, type Scope } from "./scope.js";

/** How long a cancelled write without a limit of its own may still take. Then it is aborted, and its outcome unknown. */
export const GRACE_MS = 30_000;

/**
 * One attempt with its own AbortController (I12) and time limit. When its scope is cancelled, `abort` abandons it (reads
 * and model calls); `finish` lets it end, for aborting a write would only hide its outcome (I28).
 * An attempt that does not heed its signal is left behind.
 */
export function attempt<T>(run: ActiveRun, scope: Scope, timeoutMs: number | null, work: (signal: AbortSignal) => Promise<T>, cancelled: "abort" | "finish"): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let stop: (() => void) | null = null;
    let off: (() => void) | null = null;
    const end = (): void => {
      stop?.();
      off?.();
    };
    const abandon = (reason: Error): void => {
      end();
      controller.abort(reason);
      reject(reason);
    };
    const limit = (ms: number): void => {
      stop = startTimer(run, ms, () => abandon(new StepError("timeout", `no answer within ${ms} ms`, { outcome: "unknown" })));
    };
    if (timeoutMs !== null) limit(timeoutMs);
    off = onCancelled(scope, (reason) => {
      if (cancelled === "abort") abandon(reason);
      else if (timeoutMs === null) limit(GRACE_MS);
    });
    const done = (result: T): void => {
      end();
      resolve(result);
    };
    const failed = (thrown: unknown): void => {
      end();
      reject(thrown);
    };
    let working: Promise<T>;
    try {
      working = work(controller.signal);
    } catch (thrown) {
      failed(thrown);
      return;
    }
    working.then(done, failed);
  });
}
