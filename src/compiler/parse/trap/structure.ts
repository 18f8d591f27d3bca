import type { CST } from "yaml";
import { intendedEnd } from "../extent.js";
import { shorten, type Problem } from "../problem.js";
import type { Properties } from "../properties.js";
import { tokenEnd } from "../token-end.js";
import type { ScalarNode } from "../tree.js";
import type { Where } from "../where.js";
import { explicitKey, keyProperty } from "./key.js";
import { swallowedByComment } from "./scalar.js";
import { bareHole, bracket, gluedComment, isGlued, missingComma, quoteTrap, unclosedQuote } from "./value.js";

const NAME = /^[\p{L}\p{N}_$./@-]+$/u;

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

const colon = (text: string, start: number, where: Where): Problem =>
  quoteTrap("FC1011", "`: ` inside an unquoted value makes YAML read it as a key and its value", text, start, where);

function keyBracket(node: ScalarNode): Problem | null {
  if (node.style !== "plain" || !/[()[\]{}]/.test(node.text)) return null;
  const { start, end } = node.span;
  return { code: "FC1012", message: `the key \`${shorten(node.text)}\` holds a bracket`, start, end, hint: "quote it if it is a key; if it is part of a value, quote the whole value", lost: true };
}

/** In front of an item of `{ … }` or `[ … ]`. */
export function flowFront(front: Properties, item: CST.CollectionItem, index: number, previous: CST.Token | null, nothing: boolean): Problem | null {
  const comma = index === 0 || nothing ? front.comma : front.stray?.type === "comma" ? front.stray : null;
  if (comma) {
    return { code: "FC1003", message: index === 0 ? "there is nothing in front of this comma" : "there is nothing between these commas", start: comma.offset, end: comma.offset + 1, hint: "remove the comma", fix: { start: comma.offset, end: comma.offset + 1, text: "" }, lost: true };
  }
  if (front.stray) return stray(front.stray.offset, front.stray.source);
  if (front.gluedComment) return gluedComment(front.gluedComment);
  if (nothing) return null;
  const first = item.key ?? item.sep?.[0] ?? item.value;
  if (index > 0 && front.comma === null && previous) return missingComma(tokenEnd(previous), first?.offset ?? tokenEnd(previous));
  return explicitKey(front);
}

export interface FlowEntry {
  readonly inside: "map" | "list";
  readonly key: CST.Token | null | undefined;
  readonly node: ScalarNode;
  readonly back: Properties;
  readonly value: CST.Token | undefined;
  /** The value of the entry before it. */
  readonly previous: CST.Token | null;
}

/** A key inside `{ … }`, or `[key: value]`: commas and brackets of an unquoted value make strange keys. */
export function flowEntry(text: string, entry: FlowEntry): Problem | null {
  const { key, node, back, value, inside, previous } = entry;
  if (!key) return null;
  const where: Where = { inside, key: "", above: "", depth: 0 };
  const { start, end } = node.span;
  if (value?.type === "block-map") {
    const first = value.items[0]?.key;
    if (first && (first.type === "double-quoted-scalar" || first.type === "single-quoted-scalar") && isGlued(text, first, where)) return unclosedQuote(text, first, where);
    if (first && "source" in first && typeof first.source === "string" && first.source.includes("\n")) return missingComma(start, first.offset);
    return colon(text, value.offset, where);
  }
  if (inside === "list") {
    if (back.found === null && value !== undefined) return besideBracket(text, key, value, where);
    if (key.type === "scalar" && !NAME.test(node.text)) return colon(text, start, where);
    return text.slice(start, back.found?.offset ?? end).includes("\n") ? { code: "FC1015", message: "a key must stand on one line", start, end, lost: true, breaks: true } : null;
  }
  if (back.found !== null) return keyBracket(node);
  if (value !== undefined && "source" in value && typeof value.source === "string" && value.source.startsWith(":")) return { code: "FC1003", message: "a space is missing behind `:`", start: value.offset, end: value.offset + 1, fix: { start: value.offset + 1, end: value.offset + 1, text: " " }, lost: true, breaks: true };
  if (value !== undefined) return missingComma(end, value.offset);
  const glued = key.type === "scalar" ? /^([\w$.-]+):\S/.exec(key.source) : null;
  if (glued) {
    const at = start + (glued[1] ?? "").length;
    return { code: "FC1003", message: `a space is missing behind the \`:\` of \`${glued[1]}\``, start, end, hint: "write `name: value`", fix: { start: at + 1, end: at + 1, text: " " }, lost: true };
  }
  if (previous?.type === "scalar" && !NAME.test(node.text) && intendedEnd(text, previous.offset, "map", "comment").end >= end) {
    return bracket(text, previous.offset, where, "inside `{ … }` a comma ends an unquoted value");
  }
  return { code: "FC1020", message: `\`${shorten(node.text)}\` stands inside \`{ … }\` without a value`, start, end, hint: "write `name: value`; if it belongs to the value in front of it, quote that value: a comma ends an unquoted one", lost: true };
}

/** `[ T[], ${x} ]`: a bracket right behind an unquoted item. */
function besideBracket(text: string, key: CST.Token, value: CST.Token, where: Where): Problem {
  if (key.type !== "scalar" || value.type !== "flow-collection") return missingComma(tokenEnd(key), value.offset);
  const hole = key.source.endsWith("$") && value.start.source === "{";
  const problem = hole ? bareHole(text, key.offset, where) : bracket(text, key.offset, where, `an unquoted value in \`[ … ]\` cannot hold \`${value.start.source}\``);
  // Here YAML reads one strange item and goes on as it should.
  return value.end.length === 1 && !problem.lost ? { ...problem, local: true } : problem;
}

export function unclosedBracket(text: string, flow: CST.FlowCollection): Problem {
  const open = flow.start.source;
  const close = matchingBracket(text, flow.offset);
  const read = tokenEnd(flow);
  if (close !== null && close > read && text.slice(flow.offset, close).includes("\n")) {
    const start = read + (/^\s*/.exec(text.slice(read))?.[0].length ?? 0);
    return {
      code: "FC1019",
      message: `what stands inside \`${open} … ${text[close]}\` over several lines must be indented deeper than the key or item around it`,
      start,
      end: start + 1,
      hint: "indent this line and those below it",
      meant: { start: flow.offset, end: close + 1 },
      breaks: true,
      lost: true,
    };
  }
  return {
    code: "FC1005",
    message: `the bracket \`${open}\` is opened here and not closed`,
    start: flow.offset,
    end: flow.offset + 1,
    hint: `close it with \`${open === "{" ? "}" : "]"}\`; inside an unquoted value a comma, a bracket or \` #\` may have hidden the closing one`,
    meant: { start: flow.offset, end: tokenEnd(flow) },
    breaks: true,
    lost: true,
  };
}

/** Lists and keys by indentation cannot stand inside brackets, nor on the line of `---`. */
export function blockHere(token: CST.BlockMap | CST.BlockSequence, place: string): Problem {
  return { code: "FC1003", message: `a ${token.type === "block-seq" ? "list item (`- …`)" : "key"} cannot stand ${place}`, start: token.offset, end: token.offset + 1, hint: place.startsWith("inside") ? "inside `{ … }` write `name: value`, inside `[ … ]` the items with commas; quote text that begins with `- `" : "put it on the next line", breaks: true, lost: true };
}

export function tab(token: CST.SourceToken): Problem {
  const start = token.offset + token.source.indexOf("\t");
  return { code: "FC1004", message: "a tab stands where the line is indented", start, end: start + 1, hint: "indent with spaces", fix: { start, end: start + 1, text: "  " }, breaks: true, lost: true };
}

export function itemWithoutDash(at: number): Problem {
  return { code: "FC1019", message: "this line stands in a list but has no `- ` of its own column in front of it", start: at, end: at + 1, hint: "items of one list begin with `- ` in the same column", breaks: true, lost: true };
}

/** Something that cannot stand where it stands. */
export function stray(at: number, source: string): Problem {
  const closes = source === "}" || source === "]";
  const dash = source === "-";
  return {
    code: "FC1003",
    message: closes ? `this \`${source}\` closes nothing` : dash ? "a list cannot begin on its key's line" : `\`${shorten(source)}\` cannot stand here`,
    start: at,
    end: at + Math.max(1, source.length),
    hint: closes ? "remove it, or look for a bracket that was closed too early" : dash ? "put the first `- ` on the next line, or quote the value if it is text" : "check the indentation, and quote text that holds brackets, quotes or `: `",
    breaks: true,
    lost: true,
  };
}

export function tooDeep(at: number, limit: number): Problem {
  return { code: "FC1002", message: `values are nested deeper than ${limit} levels here`, start: at, end: at + 1, hint: "split the file, or move an inner part into a type or a library", breaks: true, lost: true };
}

export function tooManyNodes(at: number, limit: number): Problem {
  return { code: "FC1002", message: `the file holds more than ${limit.toLocaleString("en")} values`, start: at, end: at + 1, hint: "split it into several files and import them with `use`", breaks: true, lost: true };
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

/** The bracket that closes the one at `at`, quoted text skipped; null when brackets do not pair. */
export function matchingBracket(text: string, at: number): number | null {
  const open: string[] = [];
  for (const match of text.slice(at).matchAll(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[[\]{}]/g)) {
    const [token] = match;
    if (token === "{" || token === "[") open.push(token === "{" ? "}" : "]");
    else if (token === "}" || token === "]") {
      if (open.pop() !== token) return null;
      if (open.length === 0) return at + match.index;
    }
  }
  return null;
}
