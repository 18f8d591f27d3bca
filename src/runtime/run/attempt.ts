import { StepError } from "../../core/errors.js";
import { startTimer } from "./active-run.js";
import type { Frame } from "./frame.js";
import { onCancelled, orCancelled } from "./scope.js";

/**
 * One attempt with its own AbortController (I12) and time limit. `abortOnCancel`: reads and model calls are abandoned
 * when their scope is cancelled; a write in flight goes on to its end, for aborting it would only hide its outcome (I28).
 * An attempt that does not heed its signal is left behind at its time limit.
 */
export function attempt<T>(frame: Frame, timeoutMs: number | null, work: (signal: AbortSignal) => Promise<T>, options: { readonly abortOnCancel: boolean }): Promise<T> {
  const controller = new AbortController();
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined);
  const stop =
    timeoutMs === null
      ? () => undefined
      : startTimer(frame.run, timeoutMs, () => {
          const error = new StepError("timeout", `no answer within ${timeoutMs} ms`, { outcome: "unknown" });
          controller.abort(error);
          over.reject(error);
        });
  const off = options.abortOnCancel ? onCancelled(frame.scope, (cancelled) => controller.abort(cancelled)) : () => undefined;
  const working = Promise.race([work(controller.signal), over.promise]);
  return (options.abortOnCancel ? orCancelled(frame.scope, working) : working).finally(() => {
    stop();
    off();
  });
}
