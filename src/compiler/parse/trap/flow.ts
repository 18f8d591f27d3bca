import type { CST } from "yaml";
import { intendedEnd } from "../extent.js";
import { shorten, type Problem } from "../problem.js";
import type { Properties } from "../properties.js";
import { tokenEnd } from "../token-end.js";
import type { ScalarNode } from "../tree.js";
import type { Where } from "../where.js";
import { explicitKey } from "./key.js";
import { colon, keyBracket, stray } from "./structure.js";
import { bareHole, bracket, gluedComment, isGlued, missingComma, unclosedQuote } from "./value.js";

const NAME = /^[\p{L}\p{N}_$./@-]+$/u;

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
