import type { Node } from "../parse/tree.js";
import { parseYaml } from "../parse/parse.js";
import { FLOW_FILE } from "./definitions/flow.js";
import { endOf } from "./format/end-of.js";
import { printNode } from "./format/print.js";
import { sameTree } from "./format/same-tree.js";

/**
 * A flow file in its usual form: keys in the order of the definitions, no `${}` around bare expressions. Comments, quotes
 * and line breaks stay as they are; the parsed tree is the same but for the order of keys. A text that does not
 * parse, or is no flow file, comes back unchanged; so does a map that holds keys that do not belong there.
 */
export function formatFlow(text: string): string {
  const before = parse(text);
  if (before === null) return text;
  let after = "";
  let at = 0;
  for (const document of before) {
    after += text.slice(at, document.span.start);
    at = endOf(document, text);
    after += isFlowFile(document) ? printNode(document, FLOW_FILE.outline, text) : text.slice(document.span.start, at);
  }
  after += text.slice(at);
  const again = parse(after);
  // What moves text must not change what it says: where a comment or a block scalar is in the way, nothing is done.
  return again !== null && sameTree(before, again) ? after : text;
}

function parse(text: string): readonly Node[] | null {
  const { documents, diagnostics } = parseYaml({ path: "", text });
  return diagnostics.length === 0 ? documents : null;
}

const isFlowFile = (node: Node): boolean => node.kind === "map" && node.entries.some(({ key }) => key.text === "flowctl");
