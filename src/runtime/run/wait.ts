import type { RunEvent, Wait } from "../../core/event.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { Path } from "../../core/run-id.js";
import { append, enter, leave, startTimer } from "./active-run.js";
import type { Frame } from "./frame.js";
import { onCancelled, type Scope } from "./scope.js";

/**
 * Stands still until an event of this path comes (an answer, a timer, an operator). The run may be dropped meanwhile:
 * the promise is then abandoned, and the same code goes on from the record in another process object (I12).
 */
export async function durableWait(frame: Frame, path: Path, wait: Wait): Promise<RunEvent> {
  const { run } = frame;
  wakeAtDeadlines(frame);
  await run.ctx.journal.barrier();
  return await new Promise<RunEvent>((resolve, reject) => {
    let stop = (): void => undefined;
    const go = (): void => {
      stop();
      off();
      if (run.waits.delete(path)) enter(run);
    };
    const wake = (event: RunEvent): void => {
      go();
      resolve(event);
    };
    let off = (): void => undefined;
    if (frame.scope.cancelled !== null) {
      reject(frame.scope.cancelled);
      return;
    }
    run.waits.set(path, wake);
    off = onCancelled(frame.scope, (cancelled) => {
      go();
      reject(cancelled);
    });
    if (wait.until !== undefined) {
      stop = startTimer(run, wait.until - run.ctx.ports.clock.now(), () => {
        append(run, "timer.fired", path, {}, [{ op: "timer.delete", path }]);
        wake({ type: "timer.fired", run: run.ctx.run, seq: -1, at: run.ctx.ports.clock.now(), path, data: {} });
      });
    }
    run.ctx.park(wait);
    leave(run);
  });
}

/** I15: a dropped run comes back when a deadline around its wait is due. One row a deadline, once. */
function wakeAtDeadlines({ run, scope }: Frame): void {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const { deadline } = at;
    if (deadline === null || run.rows.has(deadline.path)) continue;
    run.rows.add(deadline.path);
    const known = run.past?.get(deadline.path)?.events.some((event) => event.type === "timer.set" && event.data.why === ROW);
    const row: IndexOp = { op: "timer.put", path: deadline.path, due: deadline.due };
    if (known !== true) append(run, "timer.set", deadline.path, { due: deadline.due, why: ROW }, [row]);
  }
}
const ROW = "parked";
