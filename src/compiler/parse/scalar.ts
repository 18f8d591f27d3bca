import type { CST } from "yaml";
import type { SourceFile, ScalarNode } from "./tree.js";
import { blockStart, decodeText, type Piece } from "./decode-text.js";
import { scalarValue } from "./scalar-value.js";

type ScalarToken = CST.FlowScalar | CST.BlockScalar;

const STYLES = {
  scalar: "plain",
  alias: "plain",
  "single-quoted-scalar": "single",
  "double-quoted-scalar": "double",
  "block-scalar": "block",
} as const;

/** A scalar token as a node. The common cases, one line without escapes, are slices; all others are decoded in pieces. */
export function scalarNode(source: SourceFile, token: ScalarToken): ScalarNode {
  const style = STYLES[token.type];
  const quote = style === "single" || style === "double" ? 1 : 0;
  const raw = quote === 0 ? token.source : token.source.slice(1, -1);
  if (style !== "block" && isVerbatim(raw, style)) {
    const start = token.offset + quote;
    const value = style === "plain" ? scalarValue(raw) : raw;
    return node(source, token, style, raw, typeof value === "object" && value !== null ? raw : value, (index) => start + index);
  }
  const pieces = decodeText(token);
  const text = pieces.map((piece) => piece.text).join("");
  return node(source, token, style, text, text, (index) => offsetIn(pieces, index, textEnd(token)));
}

/** The text of a place as it stands, read as if it had been quoted. */
export function verbatimNode(source: SourceFile, start: number, end: number): ScalarNode {
  const text = source.text.slice(start, end);
  return { kind: "scalar", span: { file: source.path, start, end }, value: text, text, style: "plain", offsetOf: (index) => start + index };
}

/** A key without a value is null. */
export function emptyNode(source: SourceFile, at: number): ScalarNode {
  return { kind: "scalar", span: { file: source.path, start: at, end: at }, value: null, text: "", style: "plain", offsetOf: () => at };
}

/** Offset behind a scalar's last character that is not a line break. */
export function scalarEnd(token: ScalarToken): number {
  if (token.type !== "block-scalar") return token.offset + token.source.length;
  const head = token.props[0];
  const header = token.offset + (head && "source" in head ? head.source.length : 1);
  const content = token.source.trimEnd().length;
  return content === 0 ? header : blockStart(token) + content;
}

function node(
  source: SourceFile,
  token: ScalarToken,
  style: ScalarNode["style"],
  text: string,
  value: ScalarNode["value"],
  offsetOf: (index: number) => number,
): ScalarNode {
  const span = { file: source.path, start: token.offset, end: scalarEnd(token) };
  const comment = style === "plain" ? commentBehind(source, token) : undefined;
  return comment ? { kind: "scalar", span, value, text, style, comment, offsetOf } : { kind: "scalar", span, value, text, style, offsetOf };
}

function commentBehind(source: SourceFile, token: ScalarToken): ScalarNode["comment"] {
  if (token.type === "block-scalar" || token.end === undefined) return undefined;
  for (const part of token.end) {
    if (part.type === "newline") return undefined;
    if (part.type === "comment") {
      return { text: part.source, span: { file: source.path, start: part.offset, end: part.offset + part.source.length } };
    }
  }
  return undefined;
}

function isVerbatim(raw: string, style: "plain" | "single" | "double"): boolean {
  if (raw.includes("\n")) return false;
  return style === "plain" || !raw.includes(style === "single" ? "''" : "\\");
}

const textEnd = (token: ScalarToken): number => (token.type.endsWith("-quoted-scalar") ? scalarEnd(token) - 1 : scalarEnd(token));

function offsetIn(pieces: readonly Piece[], index: number, end: number): number {
  let left = index;
  for (const piece of pieces) {
    if (left < piece.text.length) return piece.raw ? piece.from + left : piece.from;
    left -= piece.text.length;
  }
  return end;
}
