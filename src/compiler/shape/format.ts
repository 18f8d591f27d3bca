import type { Diagnostic } from "../../core/diagnostic.js";
import type { Node, SourceFile } from "../parse/tree.js";
import { parseYaml } from "../parse/parse.js";
import { FLOW_FILE } from "./definitions/flow.js";
import { endOf } from "./format/end-of.js";
import { printNode } from "./format/print.js";
import { sameTree } from "./format/same-tree.js";

/**
 * A flow file in its usual form: keys in the order of the definitions, no `${}` around bare expressions. Comments, quotes
 * and line breaks stay as they are; the parsed tree is the same but for the order of keys. A text that does not
 * parse comes back unchanged, with the reasons; so does one that is no flow file, and a map that holds keys that do not belong there.
 */
export function formatFlow(source: SourceFile): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const { documents, diagnostics } = parseYaml(source);
  return { text: diagnostics.length === 0 ? usualForm(source.text, documents) : source.text, diagnostics };
}

function usualForm(text: string, before: readonly Node[]): string {
  let after = "";
  let at = 0;
  for (const document of before) {
    after += text.slice(at, document.span.start);
    at = endOf(document, text);
    after += isFlowFile(document) ? printNode(document, FLOW_FILE.outline, text) : text.slice(document.span.start, at);
  }
  after += text.slice(at);
  const again = parseYaml({ path: "", text: after });
  // What moves text must not change what it says: where a comment or a block scalar is in the way, nothing is done.
  return again.diagnostics.length === 0 && sameTree(before, again.documents) ? after : text;
}

const isFlowFile = (node: Node): boolean => node.kind === "map" && node.entries.some(({ key }) => key.text === "flowctl");
