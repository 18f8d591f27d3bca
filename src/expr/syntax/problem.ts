import type { TextProblem } from "../../core/diagnostic.js";

/** What the parser knows about its error. */
export interface SyntaxError {
  readonly code: string;
  readonly summary: string;
  readonly start: number;
  readonly end: number;
}

/** Turns a parser error into a sentence for people who know other languages better than CEL. */
export function syntaxProblem(text: string, error: SyntaxError): TextProblem {
  const foreign = foreignOperator(text, error.start) ?? foreignWord(text, error.start);
  if (foreign !== null) return { code: "FC1102", ...foreign };
  const at = { start: error.start, end: Math.max(error.end, error.start + 1) };
  switch (error.code) {
    case "limit_exceeded":
      return error.summary.includes("maxDepth")
        ? { code: "FC1103", start: 0, end: text.length, message: "The expression is nested too deeply: 100 levels are allowed", hint: "compute parts of it in `set` steps" }
        : { code: "FC1103", start: 0, end: text.length, message: "The expression is too large: it may have 2,000 parts, 1,000 elements in a list and 32 arguments in a call", hint: "compute parts of it in `set` steps" };
    case "unterminated_string":
    case "unterminated_triple_quoted_string":
      return { code: "FC1105", ...at, message: `The text that starts with \`${text.slice(at.start, at.start + 12)}\` has no closing quote`, hint: `close it with \`${text.charAt(at.start)}\`` };
    case "newline_in_string":
      return { code: "FC1105", ...at, message: "A text in quotes ends before the line does", hint: "write the line break as `\\n` (inside double quotes of YAML as `\\\\n`), or use three quotes: `'''…'''`" };
    case "invalid_macro_argument":
      return { code: "FC1104", ...at, message: "The first argument is the name that each element gets", hint: "write `xs.map(x, …)`, `xs.filter(x, …)`" };
    case "reserved_identifier":
      return { code: "FC1100", ...at, message: `\`${text.slice(at.start, at.end)}\` is a reserved word and cannot be a name here` };
    case "invalid_integer":
    case "invalid_hex_integer":
    case "invalid_number":
    case "invalid_exponent":
      return { code: "FC1100", ...at, message: `\`${text.slice(at.start, at.end)}\` is no number` };
  }
  if (error.code.includes("escape") || error.code.includes("surrogate")) {
    return { code: "FC1105", ...at, message: `\`${text.slice(at.start, at.end)}\` is no escape sequence`, hint: "write a backslash as `\\\\`" };
  }
  const after = error.summary.startsWith("Expected IDENTIFIER") ? fieldName(text, error.start) : error.summary.startsWith("Expected COLON") ? missingElse(text) : null;
  return { code: "FC1100", ...(after ?? unexpected(text, error.start)) };
}

type Finding = Omit<TextProblem, "code">;

function unexpected(text: string, start: number): Finding {
  const rest = text.slice(start);
  if (rest.trim() === "") {
    const open = unclosed(text);
    if (open !== null) return { start: open.at, end: open.at + 1, message: `\`${open.char}\` is not closed`, hint: `add \`${open.close}\`` };
    const last = /(\S+)\s*$/.exec(text)?.[1] ?? "";
    const behind = text.trimEnd().length;
    return { start: Math.max(0, behind - last.length), end: Math.max(behind, 1), message: `The expression ends too early: something must follow \`${last.slice(-20)}\`` };
  }
  const word = /^(\w+|'[^']*'|"[^"]*"|.)/su.exec(rest)?.[0] ?? rest;
  const end = start + word.length;
  if (")]}".includes(word)) return { start, end, message: `\`${word}\` closes nothing that is open here` };
  if (/^[\w'"]/.test(word)) return { start, end, message: `Between \`${before(text, start)}\` and \`${word}\` an operator is missing`, hint: "join texts with `+`, conditions with `&&` or `||`" };
  const secret = word === ":" && /^\s*\w+\s*$/.test(text.slice(0, start)) ? { hint: "a secret is written `${env:NAME}`, `${file:PATH}` or `${vault:path#key}`, in connection fields only" } : {};
  return { start, end, message: `\`${word}\` cannot stand here`, ...secret };
}

/** Behind a dot something stands that is no name. */
function fieldName(text: string, at: number): Finding {
  const word = /^[a-z]+\b/.exec(text.slice(at))?.[0];
  return { start: Math.max(0, at - 1), end: at + (word?.length ?? 1), message: "A field's name must follow the `.`", hint: `for any other name write \`x['${word ?? "my name"}']\`` };
}

const missingElse = (text: string): Finding | null =>
  text.includes("?") ? { start: text.lastIndexOf("?"), end: text.length, message: "The `:` part of `condition ? a : b` is missing" } : null;

/** The last bracket that nothing closes. */
function unclosed(text: string): { readonly at: number; readonly char: string; readonly close: string } | null {
  const pairs: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
  const open: number[] = [];
  const bare = text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/gs, (quoted) => " ".repeat(quoted.length));
  for (const [at, char] of [...bare].entries()) {
    if (char in pairs) open.push(at);
    else if (")]}".includes(char)) open.pop();
  }
  const at = open.at(-1);
  const char = at === undefined ? undefined : bare[at];
  const close = char === undefined ? undefined : pairs[char];
  return at === undefined || char === undefined || close === undefined ? null : { at, char, close };
}

const before = (text: string, at: number): string => /(\w+|'[^']*'|"[^"]*"|\S)\s*$/s.exec(text.slice(0, at))?.[1] ?? "";

/** Longest first. `[what stands there, what to write, whether it can be replaced as it stands]` */
const OPERATORS: readonly (readonly [string, string, string?])[] = [
  ["===", "write `==`", "=="],
  ["!==", "write `!=`", "!="],
  ["=>", "write the element's name and what to do with it: `xs.map(x, x.id)`"],
  ["=<", "write `<=`", "<="],
  ["??", "write `a.?b.orValue(c)`"],
  ["?:", "write `a.?b.orValue(c)`"],
  ["?.", "write `a.?b`", ".?"],
  ["<>", "write `!=`", "!="],
  ["**", "there is no power operator"],
  ["++", "nothing can be changed in an expression"],
  ["=", "to compare write `==`", "=="],
  ["&", "write `&&`", "&&"],
  ["|", "write `||`", "||"],
  ["`", "write `'Hello ' + name`"],
  ["${", "this is one expression as a whole: write it without `${}`"],
  [";", "an expression has no statements"],
  ["^", "there are no bit operators"],
  ["~", "there are no bit operators"],
  ["#", "a comment in an expression starts with `//`"],
  ["@", "names start with a letter"],
  ["$", "names start with a letter"],
];

function foreignOperator(text: string, at: number): Finding | null {
  for (const [operator, hint, fix] of OPERATORS) {
    // The parser may stop on the operator's second or third character.
    for (let start = at; start > at - operator.length && start >= 0; start--) {
      if (!text.startsWith(operator, start)) continue;
      return { start, end: start + operator.length, message: `\`${operator}\` is no operator here`, hint, ...(fix === undefined ? {} : { fix }) };
    }
  }
  return null;
}

const WORDS: ReadonlyMap<string, readonly [string, string?]> = new Map([
  ["and", ["write `&&`", "&&"]],
  ["or", ["write `||`", "||"]],
  ["not", ["write `!x`; the opposite of `x in xs` is `!(x in xs)`"]],
  ["is", ["write `==`", "=="]],
  ["eq", ["write `==`", "=="]],
  ["ne", ["write `!=`", "!="]],
  ["gt", ["write `>`", ">"]],
  ["lt", ["write `<`", "<"]],
  ["if", ["write `condition ? a : b`"]],
  ["then", ["write `condition ? a : b`"]],
  ["else", ["write `condition ? a : b`"]],
  ["for", ["write `xs.map(x, …)` or `xs.filter(x, …)`; `${for x in xs}` is for prompts"]],
  ["let", ["compute it in a `set` step"]],
  ["var", ["compute it in a `set` step"]],
  ["const", ["compute it in a `set` step"]],
  ["function", ["write `xs.map(x, …)`"]],
  ["return", ["write only the value"]],
  ["contains", ["write `text.contains('x')`"]],
  ["like", ["write `text.matches('^a.*')`"]],
  ["matches", ["write `text.matches('^a.*')`"]],
  ["typeof", ["types are known before the flow runs"]],
  ["new", ["write a value: `{'key': 1}`, `[1, 2]`"]],
]);

function foreignWord(text: string, at: number): Finding | null {
  const here = /^[A-Za-z]+\b/.exec(text.slice(at))?.[0];
  const previous = /\b([A-Za-z]+)\s+$/.exec(text.slice(0, at));
  const word = here !== undefined && WORDS.has(here) ? here : previous?.[1];
  const known = word === undefined ? undefined : WORDS.get(word);
  if (word === undefined || known === undefined) return null;
  const start = word === here ? at : (previous?.index ?? at);
  const [hint, fix] = known;
  return { start, end: start + word.length, message: `\`${word}\` is no operator here`, hint, ...(fix === undefined ? {} : { fix }) };
}
