import type { RunEvent, Wait } from "../../core/event.js";
import type { Path } from "../../core/run-id.js";
import { enter, leave } from "./active-run.js";
import type { Frame } from "./frame.js";
import { onCancelled } from "./scope.js";

/**
 * Stands still until an event of this path comes (an answer, a timer, an operator). The run may be dropped meanwhile:
 * the promise is then abandoned, and the same code goes on from the record in another process object (I12).
 */
export function durableWait(frame: Frame, path: Path, wait: Wait): Promise<RunEvent> {
  const { run } = frame;
  return new Promise<RunEvent>((resolve, reject) => {
    const go = (): void => {
      run.waits.delete(path);
      off();
      enter(run);
    };
    run.waits.set(path, (event) => {
      go();
      resolve(event);
    });
    const off = onCancelled(frame.scope, (cancelled) => {
      go();
      reject(cancelled);
    });
    run.ctx.park(wait);
    leave(run);
  });
}
