import { append, type ActiveRun } from "./active-run.js";
import { inTime } from "./at-time.js";
import { cancelScope } from "./scope.js";

/** What ends it as a whole from outside of its steps: a person, and the flow's own time. */
export function hearEnds(run: ActiveRun): void {
  const past = run.past?.get("")?.events ?? [];
  // I8: then what is recorded is looked up, and nothing new starts. Who came first is the reason.
  const decided = past.find((event) => event.type === "step.decided" && (event.data.what === "timeout" || event.data.what === "limit"));
  const asked = past.find(({ type }) => type === "run.cancel_requested");
  const over = decided?.type === "step.decided" ? (decided.data.what === "limit" ? "limit" : "timeout") : null;
  if (over !== null && (asked?.seq ?? Infinity) > (decided?.seq ?? 0)) cancelScope(run.flow, over);
  hearCancel(run);
  if (over === null) armDeadline(run);
}

function hearCancel({ ctx: { signal }, root }: ActiveRun): void {
  if (signal === undefined) return;
  const cancel = (): void => cancelScope(root, "operator");
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
}

function armDeadline(run: ActiveRun): void {
  const { deadline } = run.flow;
  if (deadline === null) return;
  const over = (): void => {
    append(run, "step.decided", null, { what: "timeout", value: "over" });
    cancelScope(run.flow, "timeout");
  };
  inTime(run, deadline.due, over);
}
