import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { FlowHead } from "../shape/ast.js";

/** A group has each message once: of two flows that read a topic as one group each gets what the other one does not. */
export function sharedGroups(flows: readonly { readonly head: FlowHead; readonly plan: FlowPlan }[]): readonly Diagnostic[] {
  const first = new Map<string, { readonly flow: string; readonly span: Span }>();
  return flows.flatMap(({ head, plan: { id, triggers } }) =>
    triggers.flatMap((trigger, index) => {
      const span = head.on[index]?.span;
      if (trigger.kind !== "topic" || span === undefined) return [];
      const { topic, group } = trigger;
      const known = first.get(`${topic}\n${group}`);
      if (known === undefined) first.set(`${topic}\n${group}`, { flow: id, span });
      // Versions of one flow, of which the newest is served; within one flow it is said there.
      if (known === undefined || known.flow === id) return [];
      return [report("FC5090", span, `\`${known.flow}\` reads \`${topic}\` as the group \`${group}\` as well: each message reaches one of the two flows`, { hint: "leave `group` out: each flow then is a group of its own", related: [{ span: known.span, message: `\`${known.flow}\` reads it here` }] })];
    }),
  );
}
