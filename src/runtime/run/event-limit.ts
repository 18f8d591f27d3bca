import type { ActiveRun } from "./active-run.js";
import { cancelScope } from "./scope.js";

/** I39: a run whose journal is longer takes long to wake, and one that is much longer is a flow that has gone wrong. */
const MANY = 10_000;
const MOST = 100_000;

export const tooManyEvents = `the run has more than ${MOST} events: give parts of its work to runs of their own`;

/** One more. Where there are too many nothing new starts: what is under way is settled, what a saga did is undone. */
export function countEvent(run: ActiveRun): void {
  run.events += 1;
  const { ctx } = run;
  if (run.events === MANY) ctx.ports.observer.notice?.(`run ${ctx.run} of \`${ctx.plan.id}\` has ${MANY} events; with ${MOST} it fails`);
  if (run.events < MOST || run.flow.cancelled !== null) return;
  ctx.journal.append("step.decided", null, { what: "limit", value: "events" });
  cancelScope(run.flow, "limit");
}
