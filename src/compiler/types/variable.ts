import type { Located } from "../shape/ast.js";
import type { FlowCheck } from "./flow-check.js";

const TAKEN: ReadonlySet<string> = new Set(["input", "steps", "info", "run", "branches", "state", "iteration", "error", "index", "output", "msg", "meta"]);

/** The name of an element: `as`, else `item`. It may not hide what the language itself gives. */
export function checkVariable(cx: FlowCheck, node: Located<string> | undefined, usual: string): string {
  if (node === undefined) return usual;
  if (TAKEN.has(node.value)) cx.problems.report("FC3015", node.span, `\`${node.value}\` is a name of the language: an element cannot be called that`, { hint: `choose another name, for example \`${usual}\`` });
  return node.value;
}
