import type { FlowError } from "../../core/errors.js";
import type { GraphUpdate } from "../../core/graph.js";
import { actCatch } from "./act-block.js";
import type { ActiveRun } from "./active-run.js";
import type { RunContext } from "./context.js";
import { overMessage } from "./deadline.js";
import { tooManyEvents } from "./event-limit.js";
import type { Frame } from "./frame.js";
import { withNow } from "./now.js";
import { Raised, Returned, raisedFrom } from "./raised.js";
import { restsEnd } from "./rests.js";
import { Cancelled } from "./scope.js";

/** What the flow's own `value` and `catch` see. */
export const endFrame = (run: ActiveRun, top: Frame): Frame => (run.ready.endReadsNow ? withNow(top, "") : top);

/** Branches that `rest: finish` left running: the run ends when they do. */
export const settled = (run: ActiveRun): Promise<void> => restsEnd(run, run.background);

/** How the run ends on what was thrown: a `return`, the flow's own catch, a failure, a cancellation. */
export async function ended(run: ActiveRun, top: Frame, thrown: unknown): Promise<GraphUpdate> {
  try {
    const over = overOf(run, thrown);
    if (over === null) return await plainEnd(run, thrown);
    // A flow whose time is over, or that has too many events, still answers by its catch.
    return await caught(run, { ...top, scope: run.root, rests: { scope: run.root, open: run.background } }, over);
  } catch (raised) {
    if (!(raised instanceof Raised)) throw raised;
    return await caught(run, top, raised);
  }
}

async function caught(run: ActiveRun, frame: Frame, raised: Raised): Promise<GraphUpdate> {
  const { catches } = run.ready.body;
  try {
    if (catches === null) throw raised;
    const output = await actCatch(catches, { ...endFrame(run, frame), autoPrefix: "!catch/" }, raised);
    await settled(run);
    return { status: "completed", output: output ?? null };
  } catch (again) {
    try {
      // It may be over in the flow's own catch.
      return await plainEnd(run, overOf(run, again) ?? again);
    } catch (last) {
      if (!(last instanceof Raised)) throw last;
      await settled(run);
      return { status: last.error.code === "compensated" ? "compensated" : "failed", error: last.error };
    }
  }
}

/** What ended the flow as a whole; null: something else was thrown. */
const overOf = (run: ActiveRun, thrown: unknown): Raised | null =>
  thrown instanceof Cancelled && thrown.scope === run.flow ? new Raised(thrown.reason === "limit" ? { code: "limit", message: tooManyEvents, attempts: 1 } : overTime(run.ctx)) : null;

const overTime = ({ plan }: RunContext): FlowError => ({ code: "timeout", message: overMessage(plan.timeout ?? plan.body.timeout ?? 0), attempts: 1 });

/** An end that no `catch` sees. Errors of the flow are thrown. */
async function plainEnd(run: ActiveRun, thrown: unknown): Promise<GraphUpdate> {
  if (thrown instanceof Returned) {
    await settled(run);
    return { status: "completed", output: thrown.value };
  }
  if (thrown instanceof Cancelled && thrown.scope === run.root) {
    await settled(run);
    return { status: "cancelled", error: { code: "cancelled", message: "the run was cancelled" } };
  }
  throw raisedFrom(thrown, "");
}
