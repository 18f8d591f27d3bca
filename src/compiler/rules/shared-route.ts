import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { FlowHead } from "../shape/ast.js";

/** Requests of one method and path start one flow: a process that serves both refuses the second one. */
export function sharedRoutes(flows: readonly { readonly head: FlowHead; readonly plan: FlowPlan }[]): readonly Diagnostic[] {
  const first = new Map<string, { readonly flow: string; readonly span: Span }>();
  return flows.flatMap(({ head, plan: { id, triggers } }) =>
    triggers.flatMap((trigger, index) => {
      const span = head.on[index]?.span;
      if (trigger.kind !== "http" || span === undefined) return [];
      const route = `${trigger.method} ${trigger.path.replaceAll(/\{\w+\}/g, "{}")}`;
      const known = first.get(route);
      if (known === undefined) first.set(route, { flow: id, span });
      // Versions of one flow, of which the newest is served.
      if (known === undefined || known.flow === id) return [];
      return [report("FC5091", span, `\`${trigger.method} ${trigger.path}\` starts \`${known.flow}\` as well: one process cannot serve both`, { hint: "give one of them another path, or serve them in two processes", related: [{ span: known.span, message: `\`${known.flow}\` has it here` }] })];
    }),
  );
}
