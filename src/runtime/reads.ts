import type { ExprAst } from "../core/expression.js";

/** Whether an expression at or below a part of the plan holds such a node. Plans are plain JSON, so any part can be walked. */
export function reads(part: unknown, test: (ast: ExprAst) => boolean): boolean {
  if (typeof part !== "object" || part === null) return false;
  if (isAst(part) && test(part)) return true;
  return Object.values(part).some((inner) => reads(inner, test));
}

/** What nobody reads need not be made. */
export const readsVariable = (part: unknown, name: string): boolean => reads(part, (ast) => ast.op === "var" && ast.name === name);

export const isAst = (part: object): part is ExprAst => "op" in part && "at" in part;
