import type { CST } from "yaml";

/**
 * A stretch of a scalar's text and the place in the file that it came from.
 * A raw piece was taken over character by character; any other stands for an escape, a fold or an indent.
 */
export interface Piece {
  readonly text: string;
  readonly from: number;
  readonly raw: boolean;
}

/** Decodes a scalar of any style as YAML 1.2 does, keeping where each stretch stood. */
export function decodeText(token: CST.FlowScalar | CST.BlockScalar): readonly Piece[] {
  switch (token.type) {
    case "double-quoted-scalar":
      return doubleQuoted(token.source, token.offset);
    case "single-quoted-scalar":
      return unfold(token.source, 1, closedLength(token.source, "'"), token.offset).flatMap(singleQuotes);
    case "block-scalar":
      return block(token);
    default:
      return unfold(token.source, 0, token.source.length, token.offset);
  }
}

const closedLength = (source: string, quote: string): number =>
  source.length > 1 && source.endsWith(quote) ? source.length - 1 : source.length;

/** Line folding of plain and single-quoted scalars: one break is a space, n breaks are n - 1 newlines. */
function unfold(source: string, start: number, end: number, base: number): Piece[] {
  const pieces: Piece[] = [];
  let at = start;
  let breaks = 0;
  let first = true;
  for (;;) {
    const newline = source.indexOf("\n", at);
    const last = newline === -1 || newline >= end;
    let from = at;
    let to = last ? end : newline;
    if (!first) while (from < to && isBlank(source[from])) from++;
    if (!last) {
      if (source[to - 1] === "\r") to--;
      while (to > from && isBlank(source[to - 1])) to--;
    }
    if (!first) breaks++;
    if (from < to || first || last) {
      if (breaks > 0) pieces.push({ text: breaks === 1 ? " " : "\n".repeat(breaks - 1), from: base + at - 1, raw: false });
      breaks = 0;
      if (from < to) pieces.push({ text: source.slice(from, to), from: base + from, raw: true });
    }
    if (last) return pieces;
    at = newline + 1;
    first = false;
  }
}

function singleQuotes(piece: Piece): Piece[] {
  if (!piece.raw || !piece.text.includes("''")) return [piece];
  const pieces: Piece[] = [];
  let at = 0;
  for (;;) {
    const quote = piece.text.indexOf("''", at);
    const to = quote === -1 ? piece.text.length : quote + 1;
    pieces.push({ text: piece.text.slice(at, to), from: piece.from + at, raw: true });
    if (quote === -1) return pieces;
    at = quote + 2;
  }
}

const isBlank = (char: string | undefined): boolean => char === " " || char === "\t";

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["0", "\0"], ["a", "\x07"], ["b", "\b"], ["e", "\x1b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"], ["v", "\v"],
  ["N", "\u0085"], ["_", "\u00a0"], ["L", "\u2028"], ["P", "\u2029"], [" ", " "], ['"', '"'], ["/", "/"], ["\\", "\\"], ["\t", "\t"],
]);
const CODE_DIGITS: ReadonlyMap<string, number> = new Map([["x", 2], ["u", 4], ["U", 8]]);

function doubleQuoted(source: string, base: number): Piece[] {
  const end = closedLength(source, '"');
  const pieces: Piece[] = [];
  const raw = (from: number, to: number) => {
    if (from < to) pieces.push({ text: source.slice(from, to), from: base + from, raw: true });
  };
  let from = 1;
  let at = 1;
  while (at < end) {
    const char = source[at];
    if (char === "\\") {
      raw(from, at);
      const escape = readEscape(source, at, end);
      if (escape.text !== "") pieces.push({ text: escape.text, from: base + at, raw: false });
      at = from = escape.end;
    } else if (char === "\n") {
      let to = at;
      while (to > from && (isBlank(source[to - 1]) || source[to - 1] === "\r")) to--;
      raw(from, to);
      let breaks = 0;
      let next = at;
      while (next < end && (isBlank(source[next]) || source[next] === "\n" || source[next] === "\r")) {
        if (source[next] === "\n") breaks++;
        next++;
      }
      pieces.push({ text: breaks === 1 ? " " : "\n".repeat(breaks - 1), from: base + to, raw: false });
      at = from = next;
    } else at++;
  }
  raw(from, end);
  return pieces;
}

/** An escape that YAML does not know keeps its text; `badEscape` finds it for the error. */
function readEscape(source: string, at: number, end: number): { text: string; end: number } {
  const next = source[at + 1] ?? "";
  const plain = ESCAPES.get(next);
  if (plain !== undefined && at + 1 < end) return { text: plain, end: at + 2 };
  if (next === "\n" || (next === "\r" && source[at + 2] === "\n")) {
    let to = at + (next === "\n" ? 2 : 3);
    while (to < end && isBlank(source[to])) to++;
    return { text: "", end: to };
  }
  const digits = CODE_DIGITS.get(next);
  if (digits !== undefined) {
    const hex = source.slice(at + 2, at + 2 + digits);
    const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Number.NaN;
    if (code <= 0x10ffff) return { text: String.fromCodePoint(code), end: at + 2 + digits };
  }
  return { text: source.slice(at, Math.min(at + 2, end)), end: Math.min(at + 2, end) };
}

/** Offset in `source` of the first escape that YAML does not know. */
export function badEscape(source: string): number | null {
  const end = closedLength(source, '"');
  let at = source.indexOf("\\");
  while (at !== -1 && at < end) {
    const escape = readEscape(source, at, end);
    if (escape.text.startsWith("\\") && source[at + 1] !== "\\") return at;
    at = source.indexOf("\\", escape.end);
  }
  return null;
}

interface Line {
  readonly indent: number;
  readonly content: string;
  /** Offset of the line's first character in the file. */
  readonly at: number;
}

/** Offset of a block scalar's first content line. */
export function blockStart(token: CST.BlockScalar): number {
  let at = token.offset;
  for (const prop of token.props) at += "source" in prop ? prop.source.length : 0;
  return at;
}

function block(token: CST.BlockScalar): Piece[] {
  const head = token.props[0];
  const header = head && "source" in head ? head.source : "|";
  const folded = header.startsWith(">");
  const explicit = Number(/[1-9]/.exec(header)?.[0] ?? 0);
  const chomp = /[-+]/.exec(header)?.[0] ?? "";
  const lines = splitLines(token.source, blockStart(token));
  let end = lines.length;
  while (end > 0 && lines[end - 1]?.content === "") end--;
  const first = lines.find((line) => line.content !== "");
  let trim = explicit > 0 ? Math.max(token.indent, 0) + explicit : (first?.indent ?? 0);
  if (explicit === 0 && first === undefined) trim = Math.max(0, ...lines.map((line) => line.indent));
  if (first === undefined) {
    const text = chomp === "+" && lines.length > 1 ? "\n".repeat(lines.length - 1) : "";
    return text === "" ? [] : [{ text, from: blockStart(token), raw: false }];
  }
  for (let i = lines.length - 1; i >= end; i--) if ((lines[i]?.indent ?? 0) > trim) end = i + 1;
  const pieces: Piece[] = [];
  const push = (line: Line, content: string) => {
    const spaces = Math.max(0, line.indent - trim);
    const text = " ".repeat(spaces) + content;
    if (text !== "") pieces.push({ text, from: line.at + line.indent - spaces, raw: true });
  };
  const synthetic = (text: string, from: number) => {
    if (text !== "") pieces.push({ text, from, raw: false });
  };
  let separator = "";
  let deeper = false;
  let content = 0;
  for (; content < end && lines[content] !== first; content++) {
    const line = lines[content];
    if (line) {
      push(line, "");
      synthetic("\n", line.at + line.indent);
    }
  }
  for (const line of lines.slice(content, end)) {
    const before = line.at - 1;
    if (!folded) {
      synthetic(separator, before);
      push(line, line.content);
      separator = "\n";
    } else if (line.indent > trim || line.content.startsWith("\t")) {
      if (separator === " ") separator = "\n";
      else if (!deeper && separator === "\n") separator = "\n\n";
      synthetic(separator, before);
      push(line, line.content);
      separator = "\n";
      deeper = true;
    } else if (line.content === "") {
      if (separator === "\n") synthetic("\n", before);
      else separator = "\n";
    } else {
      synthetic(separator, before);
      push(line, line.content);
      separator = " ";
      deeper = false;
    }
  }
  const tail = lines[end - 1];
  const last = tail ? tail.at + tail.indent + tail.content.length : blockStart(token);
  if (chomp === "-") return pieces;
  let text = "";
  if (chomp === "+") for (const line of lines.slice(end)) text += `\n${" ".repeat(Math.max(0, line.indent - trim))}`;
  synthetic(text.endsWith("\n") ? text : `${text}\n`, last);
  return pieces;
}

function splitLines(source: string, start: number): Line[] {
  const lines: Line[] = [];
  let at = 0;
  for (const line of source.split("\n")) {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    const indent = text.length - text.replace(/^ +/, "").length;
    lines.push({ indent, content: text.slice(indent), at: start + at });
    at += line.length + 1;
  }
  return source === "" ? [] : lines;
}
