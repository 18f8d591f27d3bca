import type { Code, Diagnostic, Span, TextProblem } from "../core/diagnostic.js";
import { report } from "../core/codes/report.js";
import { fixInside, textSpan } from "./parse/fix-inside.js";
import type { ScalarNode } from "./parse/tree.js";

export type More = Pick<Partial<Diagnostic>, "hint" | "fix" | "related">;

/** Collects what a check finds; the same problem at the same place is one problem, however often the check comes by. */
export interface Problems {
  report(code: Code, span: Span, message: string, more?: More): void;
  /** Problems inside the text of a scalar. True when there was an error. */
  inText(node: ScalarNode, problems: readonly TextProblem[]): boolean;
  /** Problems inside a file of its own (a prompt). */
  inFile(file: string, problems: readonly TextProblem[]): boolean;
  all(): readonly Diagnostic[];
}

export function makeProblems(): Problems {
  const found = new Map<string, Diagnostic>();
  const add = (code: Code, span: Span, message: string, more?: More): boolean => {
    const problem = report(code, span, message, more);
    const key = `${code} ${span.file} ${span.start} ${message}`;
    if (!found.has(key)) found.set(key, problem);
    return problem.severity === "error";
  };
  const addAll = (problems: readonly TextProblem[], place: (problem: TextProblem) => Span, fixOf: (problem: TextProblem, fix: string) => NonNullable<Diagnostic["fix"]>): boolean => {
    let failed = false;
    for (const problem of problems) {
      const more = { ...(problem.hint === undefined ? {} : { hint: problem.hint }), ...(problem.fix === undefined ? {} : { fix: fixOf(problem, problem.fix) }) };
      if (add(problem.code, place(problem), problem.message, more)) failed = true;
    }
    return failed;
  };
  return {
    report: add,
    inText: (node, problems) => addAll(problems, ({ start, end }) => textSpan(node, start, end), ({ start, end }, fix) => fixInside(node, start, end, fix)),
    inFile: (file, problems) => addAll(problems, ({ start, end }) => ({ file, start, end }), ({ start, end }, text) => ({ span: { file, start, end }, text })),
    all: () => onePerCause([...found.values()]),
  };
}

/** A warning about the very text that is an error too has the same cause. */
function onePerCause(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const place = ({ span: { file, start, end } }: Diagnostic): string => `${file} ${start} ${end}`;
  const errors = new Set(found.filter(({ severity }) => severity === "error").map(place));
  return errors.size === 0 ? found : found.filter((problem) => problem.severity === "error" || !errors.has(place(problem)));
}

