import type { RunEvent, Wait } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { append, enter, leave, startTimer } from "./active-run.js";
import type { Frame } from "./frame.js";
import { onCancelled } from "./scope.js";

/**
 * Stands still until an event of this path comes (an answer, a timer, an operator). The run may be dropped meanwhile:
 * the promise is then abandoned, and the same code goes on from the record in another process object (I12).
 */
export async function durableWait(frame: Frame, path: Path, wait: Wait): Promise<RunEvent> {
  const { run, scope } = frame;
  await run.ctx.journal.barrier();
  const early = run.early.get(path);
  if (early !== undefined) {
    run.early.delete(path);
    return early;
  }
  const { clock } = run.ctx.ports;
  const over = (): RunEvent => {
    append(run, "timer.fired", path, {});
    return { type: "timer.fired", run: run.ctx.run, seq: -1, at: clock.now(), path, data: {} };
  };
  if (scope.cancelled === null && wait.until !== undefined && wait.until <= clock.now()) return over();
  return await new Promise<RunEvent>((resolve, reject) => {
    let stop = (): void => undefined;
    let off = (): void => undefined;
    const go = (): void => {
      stop();
      off();
      if (run.waits.delete(path)) enter(run);
    };
    const wake = (event: RunEvent): void => {
      go();
      resolve(event);
    };
    if (scope.cancelled !== null) {
      reject(scope.cancelled);
      return;
    }
    run.waits.set(path, { wait, scope, wake });
    off = onCancelled(scope, (cancelled) => {
      go();
      reject(cancelled);
    });
    if (wait.until !== undefined) stop = startTimer(run, wait.until - clock.now(), () => wake(over()));
    leave(run);
  });
}
