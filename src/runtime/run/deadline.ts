import type { Path } from "../../core/run-id.js";
import { startTimer } from "./active-run.js";
import type { Frame } from "./frame.js";
import { Raised } from "./raised.js";
import { Cancelled, cancelScope, closeScope, openScope, throwIfCancelled } from "./scope.js";

/** Runs a part under a total time limit: what it started is cancelled when the time is over, and it raises `timeout`. */
export async function withDeadline<T>(frame: Frame, path: Path, ms: number, work: (inside: Frame) => Promise<T>): Promise<T> {
  throwIfCancelled(frame.scope);
  const due = frame.run.ctx.ports.clock.now() + ms;
  const scope = openScope(frame.scope, { path, due });
  const stop = startTimer(frame.run, ms, () => cancelScope(scope, "timeout"));
  try {
    return await work({ ...frame, scope });
  } catch (thrown) {
    if (thrown instanceof Cancelled && thrown.scope === scope) {
      throw new Raised({ code: "timeout", message: `it took longer than ${ms} ms`, step: path, attempts: 1 });
    }
    throw thrown;
  } finally {
    stop();
    closeScope(scope);
  }
}
