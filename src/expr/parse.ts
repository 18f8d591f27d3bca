import { Environment, ParseError } from "@marcbachmann/cel-js";
import type { TextProblem } from "../core/diagnostic.js";
import type { Expr } from "../core/expression.js";
import { convert, tooDeep, Unparsable } from "./syntax/convert.js";
import { cutHoles } from "./syntax/holes.js";
import { syntaxProblem } from "./syntax/problem.js";

export type Parsed = { readonly ok: true; readonly expr: Expr } | { readonly ok: false; readonly problem: TextProblem };

const MAX_TEXT = 10_000;
const LIMITS = { maxAstNodes: 2_000, maxDepth: 100, maxListElements: 1_000, maxMapEntries: 1_000, maxCallArguments: 32 };

/**
 * Bare CEL, as in `when: input.total > 10`. `${…}` around the whole is accepted (`fmt` removes it): places stay those of the text.
 */
export function parseExpr(text: string): Parsed {
  const { pieces } = cutHoles(text.trim());
  const [piece] = pieces;
  if (pieces.length !== 1 || piece?.piece !== "hole") return parseCel(text);
  const start = text.indexOf("${");
  const end = text.lastIndexOf("}");
  return parseCel(`${text.slice(0, start)}  ${text.slice(start + 2, end)} ${text.slice(end + 1)}`);
}

/** One expression without `${}`. */
export function parseCel(text: string): Parsed {
  const length = text.length;
  if (length > MAX_TEXT) {
    return failed({ code: "FC1103", start: 0, end: length, message: `The expression is too long: it has ${length} characters, 10,000 are allowed`, hint: "compute parts of it in `set` steps" });
  }
  if (text.trim() === "") return failed({ code: "FC1106", start: 0, end: length, message: "An expression is missing here" });
  try {
    return { ok: true, expr: { text, ast: convert(text, parser().parse(text).ast) } };
  } catch (error) {
    if (error instanceof Unparsable) return failed(error.problem);
    if (error instanceof ParseError) {
      const { start, end } = error.range ?? { start: 0, end: length };
      return failed(syntaxProblem(text, { code: error.code, summary: error.summary, start, end }));
    }
    // The parser's own recursion over thousands of `!` or `-` is limited by the stack alone.
    if (error instanceof RangeError) return failed(tooDeep(text));
    throw error;
  }
}

const failed = (problem: TextProblem): Parsed => ({ ok: false, problem });

let environment: Environment | undefined;
// Only its parser is used: types and values are ours.
const parser = (): Environment => (environment ??= new Environment({ enableOptionalTypes: true, limits: LIMITS }));
