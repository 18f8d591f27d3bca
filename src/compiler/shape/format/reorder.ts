import type { MapNode } from "../../parse/tree.js";
import { endOf } from "./end-of.js";

/** One entry of a map: where it stands in the text, and how it is printed. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly printed: string;
}

/** The text of a map with its entries in another order; comments go along with the entry that they stand at. */
export function reorder(node: MapNode, parts: readonly Part[], order: readonly number[] | null, text: string): string {
  const stays = order === null || order.every((from, to) => from === to);
  if (stays) return inPlace(node, parts, text);
  return (node.flow ? inBrackets(node, parts, order, text) : inLines(node, parts, order, text)) ?? inPlace(node, parts, text);
}

function inPlace(node: MapNode, parts: readonly Part[], text: string): string {
  let at = node.span.start;
  let printed = "";
  for (const part of parts) {
    printed += text.slice(at, part.start) + part.printed;
    at = part.end;
  }
  return printed + text.slice(at, endOf(node, text));
}

/** `{ b: 1, a: 2 }`: what stands between the entries stays where it is. Null where a comment stands among it. */
function inBrackets(node: MapNode, parts: readonly Part[], order: readonly number[], text: string): string | null {
  const gaps = [...parts.map((part, index) => text.slice(parts[index - 1]?.end ?? node.span.start, part.start)), text.slice(parts.at(-1)?.end, node.span.end)];
  if (gaps.some((gap) => gap.includes("#"))) return null;
  return order.map((from, to) => `${gaps[to] ?? ""}${parts[from]?.printed ?? ""}`).join("") + (gaps.at(-1) ?? "");
}

interface Lines {
  /** Comments and blank lines above the entry, each with its line break. */
  readonly above: string;
  /** The entry, up to the end of its last line. */
  readonly own: string;
}

/** Lines `key: value` at the same indent. Null where a comment cannot go along. */
function inLines(node: MapNode, parts: readonly Part[], order: readonly number[], text: string): string | null {
  const first = parts[0];
  if (first === undefined) return null;
  const column = first.start - (text.lastIndexOf("\n", first.start - 1) + 1);
  const indent = " ".repeat(column);
  const lines: Lines[] = [];
  let above = "";
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    const gap = text.slice(part.end, next?.start ?? endOf(node, text));
    const split = next === undefined ? { own: gap, above: "" } : splitGap(gap, column);
    if (split === null) return null;
    lines.push({ above, own: part.printed + split.own });
    above = split.above;
  }
  // What stands above the map's first entry lies outside of the map, and stays at its top.
  const leads = lines[order[0] ?? 0]?.above.trimStart() ?? "";
  if (leads !== "" && column > 0) return null;
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  const printed = order.map((from, to) => `${to === 0 ? leads : `${lineBreak}${lines[from]?.above ?? ""}${indent}`}${lines[from]?.own.trimEnd() ?? ""}`);
  const last = lines.at(-1)?.own ?? "";
  return printed.join("") + last.slice(last.trimEnd().length);
}

/** What stands between two entries: the rest of the line and deeper comments, then the lines above the next entry. */
function splitGap(gap: string, column: number): Lines | null {
  const lines = gap.split("\n");
  if (lines.length < 2) return null;
  const rest = lines.slice(1, -1);
  let deeper = 0;
  rest.forEach((line, index) => {
    if (line.trim() !== "" && line.search(/\S/) > column) deeper = index + 1;
  });
  return { own: [lines[0], ...rest.slice(0, deeper)].join("\n"), above: rest.slice(deeper).map((line) => `${line}\n`).join("") };
}

