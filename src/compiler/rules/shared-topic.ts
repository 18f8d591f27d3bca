import { report } from "../../core/codes/report.js";
import type { Diagnostic } from "../../core/diagnostic.js";
import { canonicalJson } from "../../core/json.js";
import type { FlowPlan } from "../../core/plan/flow-plan.js";
import type { FlowHead } from "../shape/ast.js";

/** A topic's bodies are one thing: a process that serves both flows could read and write only one of them. */
export function sharedTopics(flows: readonly { readonly head: FlowHead; readonly plan: FlowPlan }[]): readonly Diagnostic[] {
  const first = new Map<string, { readonly text: string; readonly head: FlowHead }>();
  return flows.flatMap(({ head, plan: { topics } }) =>
    Object.entries(topics).flatMap(([name, { encoding, envelope }]) => {
      const text = canonicalJson([encoding ?? null, envelope ?? null]);
      const known = first.get(name);
      if (known === undefined) first.set(name, { text, head });
      // Versions of one flow, of which the newest is served.
      if (known === undefined || known.text === text || known.head.id.value === head.id.value) return [];
      return [report("FC5092", head.id.span, `\`${head.id.value}\` and \`${known.head.id.value}\` have the topic \`${name}\` in different formats: one process cannot serve both`, { hint: "declare the topic once, in a library that both `use`", related: [{ span: known.head.id.span, message: `\`${known.head.id.value}\` is the other one` }] })];
    }),
  );
}
