import type { CST } from "yaml";
import { intendedEnd } from "../extent.js";
import { printYamlScalar } from "../print-scalar.js";
import type { Problem } from "../problem.js";
import type { Where } from "../where.js";
import { tokenEnd } from "../token-end.js";

/** The value from `start` to where a person would end it, quoted: the fix of most traps. */
export function quotedWhole(text: string, start: number, where: Where, hash: "comment" | "text" = "comment"): { end: number; closed: boolean; quoted: string; fix: NonNullable<Problem["fix"]> } {
  const { end, closed } = intendedEnd(text, start, where.inside, hash);
  const quoted = printYamlScalar(text.slice(start, end));
  return { end, closed, quoted, fix: { start, end, text: quoted } };
}

/** One trap whose cure is quotes: reported at its place, read as meant by the next pass. */
export function quoteTrap(code: Problem["code"], message: string, text: string, start: number, where: Where, hash: "comment" | "text" = "comment"): Problem {
  const whole = quotedWhole(text, start, where, hash);
  const shown = whole.quoted.length > 100 ? "put quotes around the whole value" : `put quotes around the whole value: \`${whole.quoted}\``;
  const local = where.inside === "block" && (code === "FC1008" || code === "FC1010") && !text.startsWith("|", start) && !text.startsWith(">", start);
  const base = { code, message, start, end: whole.end, hint: shown, meant: { start, end: whole.end }, breaks: true, ...(local ? { local } : {}) } as const;
  return whole.closed ? { ...base, fix: whole.fix } : { ...base, lost: true };
}

/** A value that ended, by YAML's rules, before its line did. */
export function goesOn(text: string, value: CST.Token | undefined, token: CST.SourceToken, where: Where): Problem {
  if (value === undefined || value.type === "block-map" || value.type === "block-seq") return sideBySide(token);
  const start = value.offset;
  const opens = token.type === "flow-map-start" || token.type === "flow-seq-start";
  if (value.type === "scalar") {
    if (value.source.endsWith("$") && token.type === "flow-map-start") return bareHole(text, start, where);
    if (opens) return bracket(text, start, where, `an unquoted value in \`${where.inside === "map" ? "{ … }" : "[ … ]"}\` cannot hold \`${token.source}\``);
    return quoteTrap("FC1010", "this value ends before its line does", text, start, where);
  }
  if (value.type === "flow-collection" && opens && where.inside === "list") return missingComma(tokenEnd(value), token.offset);
  if (value.type === "double-quoted-scalar" || value.type === "single-quoted-scalar") {
    const quote = value.source[0] ?? "";
    if (value.source.includes("\n") || isGlued(text, value, where)) return unclosedQuote(text, value, where);
    return quoteTrap("FC1010", `the value starts with a quote, so YAML ends it at the closing \`${quote}\` and cannot read what follows`, text, start, where);
  }
  const first = text[start] ?? "";
  return quoteTrap("FC1010", `the value starts with \`${first}\`, so YAML ends it at the closing bracket and cannot read what follows`, text, start, where);
}

/** `{ a: "x, b: "y" }`: the quote that ends the first value was meant to begin the second. */
export const isGlued = (text: string, { offset, source }: CST.FlowScalar, { inside }: Where): boolean =>
  inside !== "block" && /[\w$]/.test(text.charAt(offset + source.length)) && /[,}\]]\s*[\w.-]+:\s*.$/s.test(source);

export function bareHole(text: string, start: number, where: Where): Problem {
  return quoteTrap("FC1009", "inside `{ … }` or `[ … ]` YAML reads the braces of an unquoted `${…}` as a map: quote the value", text, start, where);
}

export function bracket(text: string, start: number, where: Where, message: string): Problem {
  return quoteTrap("FC1012", message, text, start, where);
}

export function unclosedQuote(text: string, token: CST.FlowScalar, where: Where): Problem {
  const start = token.offset;
  const quote = token.source[0] ?? "";
  const { end } = intendedEnd(text, start, where.inside, "comment");
  // Over several lines nobody can say which of them belonged to it.
  const oneLine = !token.source.trimEnd().includes("\n");
  return {
    code: "FC1005",
    message: `the quote \`${quote}\` is opened here and not closed`,
    start,
    end: start + 1,
    hint: `close it with \`${quote}\` on the same line`,
    ...(oneLine ? { meant: { start, end } } : {}),
    breaks: true,
    lost: true,
  };
}

export function missingComma(at: number, next: number): Problem {
  return { code: "FC1003", message: "a comma is missing between these two items", start: next, end: next + 1, hint: "items inside `{ … }` and `[ … ]` are separated by commas", fix: { start: at, end: at, text: "," }, breaks: true, lost: true };
}

function sideBySide(token: CST.SourceToken): Problem {
  return {
    code: "FC1003",
    message: "this line does not continue what stands above it",
    start: token.offset,
    end: token.offset + token.source.length,
    hint: "list items (`- …`) and keys (`name: …`) cannot stand side by side: check the indentation",
    breaks: true,
    lost: true,
  };
}

export function gluedComment(token: CST.SourceToken): Problem {
  return { code: "FC1013", message: "a comment needs a space in front of its `#`", start: token.offset, end: token.offset + 1, hint: "put a space there, or quote the value if `#` belongs to it", fix: { start: token.offset, end: token.offset, text: " " } };
}
