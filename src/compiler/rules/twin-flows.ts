import { report } from "../../core/codes/report.js";
import type { Diagnostic, Span } from "../../core/diagnostic.js";
import type { FlowHead } from "../shape/ast.js";

/** Documents of one file that are the same flow in the same version: one of them would run, and the other one never. */
export function twinFlows(flows: readonly { readonly head: FlowHead }[]): readonly Diagnostic[] {
  const first = new Map<string, Span>();
  return flows.flatMap(({ head: { id, version } }) => {
    const is = `${id.span.file}\n${id.value}\n${version}`;
    const known = first.get(is);
    if (known === undefined) first.set(is, id.span);
    // A file that is given twice is looked at once more.
    if (known === undefined || known.start === id.span.start) return [];
    return [report("FC3002", id.span, `The flow \`${id.value}\` ${version} stands twice in this file: only one of the two would run`, { hint: "give one of them another id, or another version: `flow: { id, version }`", related: [{ span: known, message: "the other one" }] })];
  });
}
