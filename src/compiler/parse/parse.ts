import type { Diagnostic } from "../../core/diagnostic.js";
import { MAX_PROBLEMS } from "./compose.js";
import { isWithin, type Problem } from "./problem.js";
import { readOnce, type Read } from "./read-once.js";
import { checkText } from "./text-check.js";
import type { Node, SourceFile } from "./tree.js";

export interface ParsedFile {
  /** The documents that can be read, in order; a document whose meaning an error hides is not among them. */
  readonly documents: readonly Node[];
  readonly diagnostics: readonly Diagnostic[];
  /** False when a document is missing from `documents`: names that it declares are then not known to be absent. */
  readonly complete: boolean;
}

/** A pass costs what parsing costs: a file full of errors is read again for so many characters in all. */
const MAX_REREAD = 2_000_000;

/**
 * YAML text as trees with places. Never throws.
 *
 * A trap is reported once: its characters are then read as the value that was meant, and the file is parsed again,
 * so that one error hides no other and has no echoes.
 */
export function parseYaml(source: SourceFile): ParsedFile {
  const unreadable = checkText(source.text);
  if (unreadable) return { documents: [], diagnostics: [diagnostic(source, unreadable)], complete: false };
  const found = new Map<string, Problem>();
  const meant = new Map<number, number>();
  let text = source.text;
  let budget = MAX_REREAD;
  for (;;) {
    const { documents, problems } = readOnce(source, text, meant);
    for (const problem of problems) if (!isEcho(problem, found, source.text)) found.set(`${problem.code}@${problem.start}`, problem);
    const breaking = problems.filter((problem) => problem.breaks);
    budget -= text.length;
    const enough = budget < 0 || found.size >= MAX_PROBLEMS || breaking.some((problem) => problem.code === LIMIT);
    for (const problem of breaking) {
      const place = enough ? null : maskable(text, problem, meant);
      const key = `${problem.code}@${problem.start}`;
      if (place === null && found.has(key)) found.set(key, { ...problem, lost: true });
      if (!enough) text = place === null ? withoutDocument(text, problem.start) : masked(text, place, meant);
    }
    if (breaking.length === 0 || enough) return finish(source, text, documents, [...found.values()].slice(0, MAX_PROBLEMS));
  }
}

const STRUCTURE: ReadonlySet<string> = new Set(["FC1003", "FC1005", "FC1019"]);

/** What an earlier pass found can leave a bracket without its partner: on the same line, or around it. */
function isEcho(problem: Problem, found: ReadonlyMap<string, Problem>, text: string): boolean {
  const key = `${problem.code}@${problem.start}`;
  if (found.size === 0 || found.has(key) || !STRUCTURE.has(problem.code)) return false;
  const lineStart = text.lastIndexOf("\n", problem.start - 1) + 1;
  for (const earlier of found.values()) {
    if (!earlier.breaks) continue;
    if (earlier.start >= lineStart && !text.slice(Math.min(earlier.start, problem.start), Math.max(earlier.start, problem.start)).includes("\n")) return true;
    if (isWithin(earlier, problem)) return true;
  }
  return false;
}

/** Past a limit there is no reading on. */
const LIMIT = "FC1002";

type Place = NonNullable<Problem["meant"]>;

/** Where an ordinary word can stand instead of what was meant: not in the same place twice, and not glued to a word before it. */
function maskable(text: string, { meant: place }: Problem, meant: ReadonlyMap<number, number>): Place | null {
  const usable = place !== undefined && place.end > place.start && !meant.has(place.start);
  return usable && /^$|[\s[{,]/.test(text.charAt(place.start - 1)) ? place : null;
}

/** The text, as long as before, with an ordinary word in this place. */
function masked(text: string, { start, end }: Place, meant: Map<number, number>): string {
  meant.set(start, end);
  return text.slice(0, start) + "x".repeat(end - start) + text.slice(end);
}

/** The text, as long as before, without the document around `at`. */
function withoutDocument(text: string, at: number): string {
  const marker = text.startsWith("---") && text.lastIndexOf("\n---", at) === -1 ? 0 : text.lastIndexOf("\n---", at) + 1;
  const start = text.startsWith("---", marker) ? marker + 3 : 0;
  const next = text.indexOf("\n---", start);
  const end = next === -1 ? text.length : next;
  return text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, " ") + text.slice(end);
}

function finish(source: SourceFile, text: string, read: Read["documents"], problems: readonly Problem[]): ParsedFile {
  const documents: Node[] = [];
  const covering: Problem[] = [];
  const kept = problems.filter((problem) => {
    const echo = covering.some((other) => isWithin(problem, other));
    if (problem.meant) covering.push(problem);
    return !echo;
  });
  for (const [index, { node, start }] of read.entries()) {
    const end = read[index + 1]?.start ?? text.length + 1;
    const from = index === 0 ? 0 : start;
    const lost = problems.some((problem) => problem.lost && problem.start >= from && problem.start < end);
    if (node && !lost) documents.push(node);
  }
  const complete = !problems.some((problem) => problem.lost);
  if (documents.length === 0 && problems.length === 0) {
    const empty: Problem = { code: "FC1021", message: "the file holds no document", start: 0, end: 0, hint: "a flow file begins with `flowctl: v1`" };
    return { documents, diagnostics: [diagnostic(source, empty)], complete: false };
  }
  const sorted = kept.toSorted((a, b) => a.start - b.start);
  return { documents, diagnostics: sorted.map((problem) => diagnostic(source, problem)), complete };
}

function diagnostic(source: SourceFile, problem: Problem): Diagnostic {
  // What is missing at the very end of a file has its place behind the last character.
  const { length } = source.text;
  const at = (start: number, end: number) => ({ file: source.path, start: Math.min(start, length), end: Math.min(end, length) });
  return {
    code: problem.code,
    severity: "error",
    message: problem.message,
    span: at(problem.start, problem.end),
    related: problem.related ? [{ span: at(problem.related.start, problem.related.end), message: problem.related.message }] : [],
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...(problem.fix === undefined ? {} : { fix: { span: at(problem.fix.start, problem.fix.end), text: problem.fix.text } }),
  };
}
