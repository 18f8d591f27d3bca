import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import { stepsIn } from "../../core/plan/blocks.js";
import type { CheckedFlow } from "../types/checked.js";

/** A signal is checked when it comes, before it is known which wait takes it: all waits of its name want the same. */
export function signalTypes(flow: CheckedFlow): readonly Diagnostic[] {
  const first = new Map<string, { readonly schema: string; readonly span: Span }>();
  const found: Diagnostic[] = [];
  for (const step of stepsIn(flow.draft.body)) {
    const span = flow.steps.get(step)?.node.head;
    if (step.kind !== "wait" || step.for.is !== "signal" || span === undefined) continue;
    const { signal, output } = step.for;
    const schema = JSON.stringify(output === undefined ? true : flow.draft.schemas[output]);
    const other = first.get(signal);
    if (other === undefined) first.set(signal, { schema, span });
    else if (other.schema !== schema) {
      found.push(report("FC5017", span, `\`${step.id}\` waits for the signal \`${signal}\` with another type than an earlier wait`, { hint: "give both the same type, or the signals two names", related: [{ span: other.span, message: `\`${signal}\` is waited for here first` }] }));
    }
  }
  return found;
}
