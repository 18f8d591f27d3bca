import type { ExprAst } from "../../core/expression.js";

/** What a condition is without looking at any data, or null. */
export function constantCondition(ast: ExprAst): boolean | null {
  switch (ast.op) {
    case "lit":
      return typeof ast.value === "boolean" ? ast.value : null;
    case "not": {
      const of = constantCondition(ast.of);
      return of === null ? null : !of;
    }
    case "and": {
      const left = constantCondition(ast.left);
      const right = constantCondition(ast.right);
      return left === false || right === false ? false : left === true && right === true ? true : null;
    }
    case "or": {
      const left = constantCondition(ast.left);
      const right = constantCondition(ast.right);
      return left === true || right === true ? true : left === false && right === false ? false : null;
    }
    default:
      return null;
  }
}
