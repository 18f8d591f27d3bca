import type { Prompt } from "../../core/expression.js";
import { checkPrompt } from "../../expr/prompt.js";
import { besideFile } from "../names/source.js";
import type { PromptNode } from "../shape/ast.js";
import { noteReads, type Place } from "./expression.js";
import type { FlowCheck } from "./flow-check.js";
import { foreignHoles } from "./read-without-hole.js";

/** Instructions or a question: text, or a file beside the one that names it. */
export function promptOf(cx: FlowCheck, place: Place, node: PromptNode, from: string): Prompt {
  if (node.kind === "text") {
    const { prompt, problems, reads } = checkPrompt(node.node.text, place.scope);
    cx.problems.inText(node.node, [...problems, ...foreignHoles(node.node.text, place.scope)]);
    noteReads(place, node.node, reads);
    return prompt;
  }
  const path = besideFile(from, node.path.value);
  const text = cx.shared.world.sources.text(path);
  if (text === null) {
    cx.problems.report("FC3007", node.path.span, noFile(node.path.value, path), { hint: "a path is relative to the file that it stands in" });
    return [];
  }
  const { prompt, problems, reads } = checkPrompt(text, place.scope);
  cx.problems.inFile(path, [...problems, ...foreignHoles(text, place.scope)]);
  for (const { path: read, start, end } of reads) place.reads.push({ path: read, span: { file: path, start, end } });
  return prompt;
}

/** Where it was looked for is told where that is not what is written. */
export const noFile = (written: string, path: string): string => `There is no file \`${written}\`${besideFile("", written) === path ? "" : ` (looked for \`${path}\`)`}`;
