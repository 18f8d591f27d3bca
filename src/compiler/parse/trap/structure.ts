import type { CST } from "yaml";
import { shorten, type Problem } from "../problem.js";
import type { ScalarNode } from "../tree.js";
import type { Where } from "../where.js";
import { quoteTrap } from "./value.js";
import { thousands } from "../../../core/thousands.js";

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
  return { code: "FC1002", message: `the file holds more than ${thousands(limit)} values`, start: at, end: at + 1, hint: "split it into several files and import them with `use`", breaks: true, lost: true };
}

export function tab(token: CST.SourceToken): Problem {
  const from = token.source.indexOf("\t");
  const start = token.offset + from;
  const fix = { start, end: token.offset + token.source.length, text: token.source.slice(from).replaceAll("\t", "  ") };
  return { code: "FC1004", message: "a tab stands where the line is indented", start, end: start + 1, hint: "indent with spaces", fix, breaks: true, lost: true };
}

export const colon = (text: string, start: number, where: Where): Problem =>
  quoteTrap("FC1011", "`: ` inside an unquoted value makes YAML read it as a key and its value", text, start, where);

export function keyBracket(node: ScalarNode): Problem | null {
  if (node.style !== "plain" || !/[()[\]{}]/.test(node.text)) return null;
  const { start, end } = node.span;
  return { code: "FC1012", message: `the key \`${shorten(node.text)}\` holds a bracket`, start, end, hint: "quote it if it is a key; if it is part of a value, quote the whole value", lost: true };
}
