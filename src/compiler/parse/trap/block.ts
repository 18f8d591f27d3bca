import type { CST } from "yaml";
import { shorten, type Problem } from "../problem.js";
import type { Properties } from "../properties.js";
import { tokenEnd } from "../token-end.js";
import type { ScalarNode } from "../tree.js";
import type { Where } from "../where.js";
import { explicitKey, keyProperty } from "./key.js";
import { swallowedByComment } from "./scalar.js";
import { colon, keyBracket, stray, tab } from "./structure.js";

/** In front of a key of a block map. `previous` is the value before it. */
export function blockFront(text: string, front: Properties, key: CST.Token | null | undefined, map: CST.BlockMap, previous: CST.Token | undefined): Problem | null {
  if (front.property) return keyProperty(front.property);
  if (front.tab) return tab(front.tab);
  if (front.stray) return stray(front.stray.offset, front.stray.source);
  const explicit = explicitKey(front);
  if (explicit || !key) return explicit;
  if (key.type === "block-seq") return stray(key.offset, text[key.offset] ?? "");
  if (!("indent" in key) || key.indent === map.indent) return null;
  if (previous?.type === "scalar" && previous.end?.some((part) => part.type === "comment")) {
    return swallowedByComment(text, previous.offset, { inside: "block", key: "", above: "", depth: 0 });
  }
  return {
    code: "FC1019",
    message: "this key does not line up with the keys above it",
    start: key.offset,
    end: tokenEnd(key),
    hint: "keys of one map begin in the same column",
    breaks: true,
    lost: true,
  };
}

/** A key of a block map with what stands behind it. */
export function blockEntry(text: string, key: CST.Token | null | undefined, node: ScalarNode, back: Properties, value: CST.Token | undefined): Problem | null {
  if (!key) return null;
  const { start, end } = node.span;
  if (key.type === "scalar" && key.source.includes("\n")) {
    const line = text.lastIndexOf("\n", end - 1) + 1;
    const lost = text.slice(start, text.indexOf("\n", start)).trimEnd();
    return { code: "FC1003", message: `\`${shorten(lost)}\` has no \`:\` behind it`, start, end: Math.min(start + lost.length, line), hint: "a line in a map is `name: value`; text over several lines needs `|` behind the key", breaks: true, lost: true };
  }
  if (node.style !== "plain" && text.slice(start, end).includes("\n")) return { code: "FC1015", message: "a key must stand on one line", start, end, breaks: true, lost: true };
  if (back.found === null) {
    return { code: "FC1003", message: `\`${shorten(node.text)}\` has no \`:\` behind it`, start, end, hint: "a line in a map is `name: value`; text over several lines needs `|` behind the key", breaks: true, lost: true };
  }
  const where: Where = { inside: "block", key: node.text, above: "", depth: 0 };
  if (value?.type === "block-map" && !back.newline) return nestedOnOneLine(text, node, value, where);
  if (key.type !== "scalar") return null;
  if (/ \? /.test(node.text)) return colon(text, start, where);
  return keyBracket(node);
}

/** `a: b: c`: an expression or prose with `: ` in it, or a key that is indented too deep. */
function nestedOnOneLine(text: string, above: ScalarNode, map: CST.BlockMap, where: Where): Problem {
  const first = map.items[0]?.key;
  if (first?.type === "scalar" && first.source.includes("\n")) {
    const line = first.offset + first.source.lastIndexOf("\n") + 1;
    const start = line + (/^\s*/.exec(text.slice(line))?.[0].length ?? 0);
    const column = above.span.start - (text.lastIndexOf("\n", above.span.start - 1) + 1);
    return {
      code: "FC1019",
      message: `\`${text.slice(start, first.offset + first.source.length)}\` is indented deeper than \`${above.text}\`, which already has a value`,
      start,
      end: first.offset + first.source.length,
      hint: `let it begin in the same column as \`${above.text}\``,
      meant: { start: map.offset, end: deeperEnd(text, map.offset, column) },
      breaks: true,
      lost: true,
    };
  }
  return colon(text, map.offset, where);
}

/** Lists and keys by indentation cannot stand inside brackets, nor on the line of `---`. */
export function blockHere(token: CST.BlockMap | CST.BlockSequence, place: string): Problem {
  return { code: "FC1003", message: `a ${token.type === "block-seq" ? "list item (`- …`)" : "key"} cannot stand ${place}`, start: token.offset, end: token.offset + 1, hint: place.startsWith("inside") ? "inside `{ … }` write `name: value`, inside `[ … ]` the items with commas; quote text that begins with `- `" : "put it on the next line", breaks: true, lost: true };
}

export function itemWithoutDash(at: number): Problem {
  return { code: "FC1019", message: "this line stands in a list but has no `- ` of its own column in front of it", start: at, end: at + 1, hint: "items of one list begin with `- ` in the same column", breaks: true, lost: true };
}

/** Where the lines that are indented deeper than `column` end. */
function deeperEnd(text: string, start: number, column: number): number {
  let end = text.indexOf("\n", start);
  if (end === -1) return text.length;
  for (;;) {
    const next = text.indexOf("\n", end + 1);
    const line = text.slice(end + 1, next === -1 ? text.length : next);
    if (line.trim() !== "" && (/^ */.exec(line)?.[0].length ?? 0) <= column) return trimmed(text, start, end);
    if (next === -1) return trimmed(text, start, text.length);
    end = next;
  }
}

const trimmed = (text: string, start: number, end: number): number => start + text.slice(start, end).trimEnd().length;
