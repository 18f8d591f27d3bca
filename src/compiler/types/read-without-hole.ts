import type { TextProblem } from "../../core/diagnostic.js";
import { checkExpr, type CheckedExpr } from "../../expr/check.js";
import { parseCel } from "../../expr/parse.js";
import type { Scope } from "../../expr/scope.js";
import { cutHoles } from "../../expr/syntax/holes.js";

/** How other tools write `${input.id}`: `{{ input.id }}`, `{input.id}`, `$(input.id)`, `$input.id`. */
const SIGNS = [/^\{\{\s*(.+?)\s*\}\}$/s, /^\{(\S.*)\}$/s, /^\$\((.+)\)$/s, /^\$([A-Za-z_].*)$/s];

/** Longer texts are none that somebody forgot to put a hole around. */
const LONGEST = 300;

/**
 * The expression that a text without `${…}` is, where what it names can be read there; else null. `input.md` is a name of
 * a file until the input has a field `md`, and a single word is a word but for the signs of other tools.
 */
export function readWithoutHole(text: string, scope: Scope): string | null {
  if (text.length > LONGEST || !names(text, scope)) return null;
  const signed = SIGNS.map((form) => form.exec(text)?.[1]).find((inside) => inside !== undefined);
  const inside = signed ?? (/[.[(]/.test(text) ? text : null);
  return inside !== null && isRead(checked(inside, scope)) ? inside : null;
}

/** Inside of a text, `{{ }}` are meant as signs whatever they hold; the others only around a path that can be read. */
const IN_BRACES = /\{\{\s*([^{}]*?)\s*\}\}/g;
const IN_TEXT = /(?<![{$\w])(?:\{([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)\}|\$([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)|\$\(([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)\))(?![}\w])/g;

/** What stands anywhere in a text as other tools write holes, where it begins with a name that can be read there. */
export function foreignHoles(text: string, scope: Scope): readonly TextProblem[] {
  const found = (match: RegExpExecArray, inside: string, meant: (one: CheckedExpr | null) => boolean): readonly TextProblem[] => {
    const [whole] = match;
    if (!names(inside, scope) || !meant(checked(inside, scope))) return [];
    return [{ code: "FC4015", start: match.index, end: match.index + whole.length, message: notWhatItHolds(whole, inside), hint: `write \`\${${inside}}\`, or \`\${'${whole}'}\` if the text is meant` }];
  };
  const outside = withoutHoles(text);
  return [
    ...Array.from(outside.matchAll(IN_BRACES)).flatMap((match) => found(match, match[1] ?? "", (one) => one !== null && one.reads.length > 0)),
    ...Array.from(outside.matchAll(IN_TEXT)).flatMap((match) => found(match, match[1] ?? match[2] ?? match[3] ?? "", isRead)),
  ];
}

/** The same length, for places; empty where the holes are no holes, which is said already. */
function withoutHoles(text: string): string {
  const { pieces, problem } = cutHoles(text);
  if (problem !== null) return "";
  return pieces.reduce((all, piece) => (piece.piece === "text" ? all : all.slice(0, piece.start) + " ".repeat(piece.end - piece.start) + all.slice(piece.end)), text);
}

export const notWhatItHolds = (text: string, expression: string): string => `This is the text \`${text}\`, not what \`${expression}\` holds`;

/** Asked before a text is parsed: prose is not. */
const names = (text: string, { vars }: Scope): boolean => (text.match(/[A-Za-z_]\w*/g) ?? []).some((name) => vars.has(name));

function checked(text: string, scope: Scope): CheckedExpr | null {
  const parsed = parseCel(text);
  return parsed.ok ? checkExpr(parsed.expr, scope) : null;
}

/** It can be read there; that it may be absent or null says nothing against it. */
const MAY_LACK: readonly string[] = ["FC4100", "FC4104", "FC4105"];
const isRead = (one: CheckedExpr | null): boolean => one !== null && one.reads.length > 0 && one.problems.every(({ code }) => MAY_LACK.includes(code));
