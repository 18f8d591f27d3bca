import type { Data, ExprAst } from "../core/expression.js";

/** Functions that have a value for all arguments of their types. */
const TOTAL: ReadonlySet<string> = new Set([
  "size", "contains", "startsWith", "endsWith", "lowerAscii", "upperAscii", "trim", "indexOf", "lastIndexOf", "first", "last", "distinct", "reverse", "sort", "flatten",
  "or", "orValue", "hasValue", "optional.of", "optional.none",
]);

/** Whether there can be data for which a checked expression has no value: an index past the end, a text that is no number. */
export function mayFail(ast: ExprAst): boolean {
  switch (ast.op) {
    case "lit":
    case "var":
      return false;
    case "get":
    case "has":
    case "not":
    case "neg":
      return mayFail(ast.of);
    case "index":
      return ast.opt !== true || mayFail(ast.of) || mayFail(ast.index);
    case "call":
      return !TOTAL.has(ast.fn) || ast.args.some(mayFail);
    case "each":
      return [ast.of, ast.body, ast.body2 ?? ast.body].some(mayFail);
    case "list":
      return ast.items.some(mayFail);
    case "map":
      return ast.entries.flat().some(mayFail);
    case "cond":
      return [ast.test, ast.then, ast.else].some(mayFail);
    case "bin":
      // Divided by zero, a number is none that data could hold.
      return ast.fn === "/" || ast.fn === "%" || mayFail(ast.left) || mayFail(ast.right);
    case "and":
    case "or":
      return mayFail(ast.left) || mayFail(ast.right);
  }
}

export function dataMayFail(data: Data): boolean {
  switch (data.data) {
    case "literal":
      return false;
    case "hole":
      return mayFail(data.expr.ast);
    case "text":
      return data.parts.some((part) => typeof part !== "string" && mayFail(part.ast));
    case "list":
      return data.items.some(dataMayFail);
    case "object":
      return data.fields.some(([, field]) => dataMayFail(field));
  }
}
