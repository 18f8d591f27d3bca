import type { Code } from "../../core/diagnostic.js";

/** Something wrong in the text, with what the next pass needs to see past it. Offsets are the file's. */
export interface Problem {
  readonly code: Code;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly hint?: string;
  readonly fix?: { readonly start: number; readonly end: number; readonly text: string };
  readonly related?: { readonly start: number; readonly end: number; readonly message: string };
  /** What was meant as one value: the next pass reads these characters as its text. */
  readonly meant?: { readonly start: number; readonly end: number };
  /** True when what follows in the document was read wrongly because of it: later problems of this pass are echoes. */
  readonly breaks?: true;
  /** True when it nevertheless ends with its line: what stands below was read rightly. */
  readonly local?: true;
  /** True when nobody can tell what was meant: the document goes to no later phase. */
  readonly lost?: true;
}

/** A problem inside the value that another one covers is its echo. */
export const isWithin = (problem: Problem, other: Problem): boolean =>
  other.meant !== undefined && other.meant.start <= problem.start && problem.start < other.meant.end;

export const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
