import type { RunEvent, Wait } from "../../core/event.js";
import type { IndexOp } from "../../core/ports/store.js";
import type { Path } from "../../core/run-id.js";
import { append, enter, leave } from "./active-run.js";
import { atTime } from "./at-time.js";
import type { Frame } from "./frame.js";
import { checkSize } from "./output-size.js";
import type { Output } from "./ready.js";
import { Cancelled, onCancelled } from "./scope.js";

/**
 * Stands still until an event of this path comes (an answer, a timer, an operator). The run may be dropped meanwhile:
 * the promise is then abandoned, and the same code goes on from the record in another process object (I12).
 * `take`: what has come meanwhile and may end it.
 */
export async function durableWait(frame: Frame, path: Path, wait: Wait, take: () => RunEvent | null = () => null): Promise<RunEvent> {
  const { run, scope } = frame;
  await run.ctx.journal.barrier();
  const early = run.early.get(path) ?? (scope.cancelled === null ? take() : null);
  if (early !== null) {
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
      if (!run.waits.delete(path)) return;
      run.ctx.moves?.();
      enter(run);
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
    if (wait.until !== undefined) stop = atTime(run, wait.until, () => wake(over()));
    leave(run);
  });
}

/** Nobody needs it any more: what `durableWait` was rejected with goes on. */
export function withdrawn(frame: Frame, path: Path, thrown: unknown): never {
  if (thrown instanceof Cancelled) append(frame.run, "step.cancelled", path, { reason: thrown.reason, outcome: "not_applied" });
  throw thrown;
}

/** The end of a step that waited since `began`. */
export function completeWait({ run }: Frame, path: Path, began: number, output: Output, index: readonly IndexOp[] = []): Output {
  checkSize(output);
  append(run, "step.completed", path, { attempt: 1, ms: Math.max(run.ctx.ports.clock.now() - began, 0), ...(output === undefined ? {} : { output }) }, index);
  return output;
}
