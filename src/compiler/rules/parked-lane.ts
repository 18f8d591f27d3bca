import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";

/** I18: a lane holds until its run ends, also while the run waits. */
export function parkedLane(flow: CheckedFlow): readonly Diagnostic[] {
  const index = flow.draft.triggers.findIndex((trigger) => trigger.kind === "topic" && trigger.ordering !== undefined && trigger.ordering.release !== "parked");
  const ask = [...stepsIn(flow.draft.body)].find(({ kind }) => kind === "ask" || kind === "wait");
  const node = ask && flow.steps.get(ask)?.node;
  if (index < 0 || ask === undefined || node === undefined) return [];
  const trigger = flow.head.on[index];
  const plan = flow.draft.triggers[index];
  const how = plan?.kind === "topic" && plan.ordering !== undefined && plan.ordering.by !== "key" ? "put `release: parked` beside `by`" : "write `ordering: { by: key, release: parked }`";
  return [
    report("FC5016", node.head, `While \`${ask.id}\` waits${ask.kind === "ask" ? " for a person" : ""}, every later message with the same key waits too`, {
      hint: `${how} to let the next message of the key begin, if its order does not matter then`,
      related: trigger === undefined ? [] : [{ span: trigger.span, message: "this trigger runs one message a key at a time" }],
    }),
  ];
}
