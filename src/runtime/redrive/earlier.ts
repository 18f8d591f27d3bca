import type { Again, RunEvent } from "../../core/event.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { RunId } from "../../core/run-id.js";
import { collect } from "../collect.js";
import { hasFinished } from "../live/load.js";
import { patiently } from "../patience.js";
import type { World } from "../world.js";
import { recordOf, renewedIn, renewing, type Renewed } from "./renewed.js";

export type Reading = Pick<World, "ports" | "stopped">;
export type UndoablePlan = Pick<FlowPlan, "tools" | "body">;

/** Why no run can be made: nobody knows which of its writes are there. */
export interface Cannot {
  readonly cannot: string;
}

/** In paths. A run of 100,000 events has undone fewer. */
const MOST = 20_000;

/** Whether something that a run of it does can be undone: else nothing hangs on what earlier ones did. */
const canUndo = ({ tools, body }: UndoablePlan): boolean =>
  Object.values(tools).some(({ compensate }) => compensate !== undefined) || [...stepsIn(body)].some((step) => "compensate" in step && step.compensate !== undefined);

/**
 * I17: what a run must know of those before it, `earlier`, the last first: which of their writes were undone, so that it
 * does them again. Null where there was none. It is recorded with the run: their journals go before it does.
 */
export async function againOf(earlier: Iterable<RunId>, { run, keyRun, plan }: { readonly run: RunId; readonly keyRun: RunId; readonly plan: UndoablePlan }, { ports, stopped }: Reading): Promise<Again | Cannot | null> {
  const { store, clock } = ports;
  const undoable = canUndo(plan);
  const journals: (readonly RunEvent[])[] = [];
  for (const id of earlier) {
    const events = await patiently(clock, stopped, () => collect(store.read(id, 0)));
    const [first] = events;
    if (first?.type !== "run.admitted") {
      // A message that was a dead letter each time has made no run.
      if (!undoable || (await patiently(clock, stopped, () => store.admittedAt(id))) === null) continue;
      return { cannot: `the journal of run ${id} is not kept any more: which of its writes were undone, nobody knows; publish the message as a new one` };
    }
    if (undoable && !hasFinished(events)) return { cannot: `run ${id}, whose idempotency keys the new one would have, has not ended: cancel it, or wait for its end` };
    journals.unshift(events);
    const { redrive, parent } = first.data;
    // What was before that one is told by it; an older version has told nothing.
    if (redrive?.again !== undefined || parent?.again !== undefined || (redrive === undefined && parent?.keys === undefined)) break;
  }
  const after = journals.at(-1)?.[0]?.run;
  if (after === undefined) return null;
  let renewed: Renewed = new Map();
  for (const events of journals) {
    const [first] = events;
    if (first?.type !== "run.admitted") continue;
    const told = first.data.redrive?.again ?? first.data.parent?.again;
    const renews = renewing({ run: first.run, keyRun, renewed: told === undefined ? renewed : renewedIn(told) }, run);
    for (const event of events) renews.take(event);
    ({ renewed } = renews);
  }
  if (renewed.size > MOST) return { cannot: `the runs before it have undone ${renewed.size} writes, and a run knows at most ${MOST}; publish the message as a new one` };
  return renewed.size === 0 ? { after } : { after, keys: recordOf(renewed) };
}
