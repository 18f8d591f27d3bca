import type { Node } from "../../parse/tree.js";

/** Where the text of a node ends: a map or list in lines owns the comment behind its last line. */
export function endOf(node: Node, text: string): number {
  if (node.kind === "scalar" || node.flow) return node.span.end;
  let last = node.span.end;
  while (last > node.span.start && /\s/.test(text[last - 1] ?? "")) last--;
  const line = text.indexOf("\n", last);
  return Math.max(node.span.end, line < 0 ? text.length : line);
}
