import type { CST } from "yaml";
import { badEscape, blockStart } from "../decode-text.js";
import { intendedEnd } from "../extent.js";
import type { Problem } from "../problem.js";
import { scalarValue } from "../scalar-value.js";
import type { ScalarNode } from "../tree.js";
import type { Where } from "../where.js";
import { bracket, gluedComment, quotedWhole, quoteTrap, unclosedQuote } from "./value.js";

/** What can be wrong in a scalar itself: its quotes, its first character, its number, the comment behind it. */
export function inScalar(text: string, token: CST.FlowScalar | CST.BlockScalar, node: ScalarNode, where: Where): Problem | null {
  switch (token.type) {
    case "double-quoted-scalar":
    case "single-quoted-scalar":
      return inQuotes(text, token, where);
    case "block-scalar":
      return inBlock(text, token, where);
    default:
      return inPlain(text, token, node, where);
  }
}

function inQuotes(text: string, token: CST.FlowScalar, where: Where): Problem | null {
  const quote = token.source[0] ?? "";
  if (token.source.length < 2 || !token.source.endsWith(quote)) return unclosedQuote(text, token, where);
  if (quote === "'" || !token.source.includes("\\")) return null;
  const bad = badEscape(token.source);
  if (bad === null) return null;
  const start = token.offset + bad;
  const escape = token.source.slice(bad, bad + 2);
  return {
    code: "FC1018",
    message: `\`${escape}\` is no escape that YAML knows`,
    start,
    end: start + escape.length,
    hint: "in double quotes write a backslash as `\\\\`, or put the text in single quotes",
    fix: { start, end: start + 1, text: "\\\\" },
  };
}

function inBlock(text: string, token: CST.BlockScalar, where: Where): Problem | null {
  const [head, ...rest] = token.props;
  const sign = text[token.offset] ?? "";
  const header = head && "source" in head ? head.source : "";
  if (!/^[|>](?:[1-9]?[-+]?|[-+][1-9])$/.test(header) || rest.some((part) => part.type === "error")) {
    return quoteTrap("FC1010", `the value starts with \`${sign}\`, which begins a block of text on the lines below`, text, token.offset, where);
  }
  const [glued] = rest;
  if (glued?.type === "comment") return gluedComment(glued);
  const bad = unevenLine(token, /[1-9]/.test(header));
  if (bad === null) return null;
  const tab = text[bad] === "\t";
  return {
    code: tab ? "FC1004" : "FC1019",
    message: tab ? "a tab stands where the line is indented" : "this line of a block of text is indented less than its first line",
    start: bad,
    end: bad + 1,
    hint: "indent every line of the block with the same spaces",
    breaks: true,
    lost: true,
  };
}

/** A line of a block of text that begins left of the first one, or a blank line that reaches past it. */
function unevenLine(token: CST.BlockScalar, explicit: boolean): number | null {
  const { source } = token;
  if (explicit) return null;
  let least = -1;
  let longestBlank = 0;
  let at = 0;
  for (const line of source.split("\n")) {
    const indent = line.length - line.replace(/^ +/, "").length;
    if (indent === line.replace(/\r$/, "").length) longestBlank = Math.max(longestBlank, least === -1 ? indent : 0);
    else if (least === -1) {
      if (longestBlank > indent) return blockStart(token) + at + indent;
      least = indent;
    } else if (indent < least) return blockStart(token) + at + indent;
    at += line.length + 1;
  }
  return null;
}

const RESERVED: ReadonlyMap<string, string> = new Map([
  ["@", "is reserved"], ["`", "is reserved"], ["%", "begins a directive"], [",", "separates items"], ["|", "begins a block of text"], [">", "begins a block of text"],
]);

function inPlain(text: string, token: CST.FlowScalar, node: ScalarNode, where: Where): Problem | null {
  const first = token.source[0] ?? "";
  const reserved = RESERVED.get(first);
  if (reserved !== undefined) return quoteTrap("FC1010", `a value cannot start with ${first === "`" ? "a backquote" : `\`${first}\``}, which ${reserved} in YAML`, text, token.offset, where);
  if (where.inside !== "block") {
    const swallowed = openParenthesis(text, token, where);
    if (swallowed) return swallowed;
  }
  if (node.comment) {
    const trap = comment(text, node, node.comment, where);
    if (trap) return trap;
  }
  const value = scalarValue(token.source);
  if (typeof value === "object" && value !== null) {
    const end = token.offset + token.source.length;
    const finite = Number.isFinite(Number(value.inexact));
    return {
      code: "FC1016",
      message: finite ? `\`${value.inexact}\` is beyond the whole numbers that JSON holds exactly` : `\`${value.inexact}\` is no number that JSON can hold`,
      start: token.offset,
      end,
      hint: finite ? "they go up to 9007199254740991: quote it to make it text" : "quote it to make it text",
      fix: { start: token.offset, end, text: `"${value.inexact}"` },
    };
  }
  return null;
}

/** `f(x, y)` in a flow map: the comma ended the value inside the parentheses. */
function openParenthesis(text: string, token: CST.FlowScalar, where: Where): Problem | null {
  const { source, offset } = token;
  if (!source.includes("(") || count(source, "(") <= count(source, ")")) return null;
  const { end, closed } = intendedEnd(text, offset, where.inside, "text");
  if (!closed || end <= offset + source.length) return null;
  return bracket(text, offset, where, `inside \`${where.inside === "map" ? "{ … }" : "[ … ]"}\` a comma or a bracket ends an unquoted value, also between parentheses`);
}

const PROMPTS: ReadonlySet<string> = new Set(["instructions", "question"]);

function comment(text: string, node: ScalarNode, behind: { readonly text: string }, where: Where): Problem | null {
  const prompt = PROMPTS.has(where.key) || (where.key === "message" && where.above === "fail");
  const closers = where.inside === "block" ? 0 : closes(behind.text);
  if (closers === 0 && !behind.text.includes("${") && !(prompt && typeof node.value === "string")) return null;
  return swallowedByComment(text, node.span.start, where);
}

/** ` #` behind an unquoted value begins a comment, and what stands behind it is not read. */
export function swallowedByComment(text: string, start: number, where: Where): Problem {
  const { end, closed, fix } = quotedWhole(text, start, where, "text");
  const hash = text.indexOf(" #", start);
  return {
    code: "FC1013",
    message: "` #` begins a comment, so the rest of this unquoted value is not read",
    start,
    end,
    hint: "put quotes around the whole value, or put the comment on a line of its own",
    meant: { start, end },
    breaks: true,
    ...(closed && hash < end ? { fix } : { lost: true }),
  };
}

/** How many brackets a comment closes that it did not open. */
function closes(comment: string): number {
  let open = 0;
  let closed = 0;
  for (const char of comment) {
    if (char === "{" || char === "[") open++;
    else if (char === "}" || char === "]") {
      if (open > 0) open--;
      else closed++;
    }
  }
  return closed;
}

const count = (text: string, char: string): number => text.split(char).length - 1;
