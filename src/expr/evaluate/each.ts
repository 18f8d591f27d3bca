import { StepError } from "../../core/errors.js";
import type { ExprAst } from "../../core/expression.js";
import type { Closure, Compiling } from "../evaluate.js";

type Each = ExprAst & { readonly op: "each" };

/** CEL's comprehensions over lists (over an object's keys too), and optMap, optFlatMap over an optional. */
export function compileEach(ast: Each, cx: Compiling): Closure {
  const slot = cx.depth;
  const inner = cx.inside(ast.as);
  const of = cx.compile(ast.of);
  const body = inner.compile(ast.body);
  const body2 = ast.body2 === undefined ? null : inner.compile(ast.body2);
  if (ast.fn === "optMap" || ast.fn === "optFlatMap") {
    return (env, locals) => {
      const value = of(env, locals);
      if (value === undefined) return undefined;
      locals[slot] = value;
      return body(env, locals);
    };
  }
  const text = cx.text.slice(...ast.at);
  return (env, locals) => {
    const items = elements(of(env, locals), text);
    const evaluate = (item: unknown): unknown => {
      locals[slot] = item;
      return body(env, locals);
    };
    switch (ast.fn) {
      case "filter":
        return items.filter((item) => evaluate(item) === true);
      case "all":
        return items.every((item) => evaluate(item) === true);
      case "exists":
        return items.some((item) => evaluate(item) === true);
      case "exists_one":
        return items.filter((item) => evaluate(item) === true).length === 1;
      case "map":
        if (body2 === null) return items.map(evaluate);
        return items.filter((item) => evaluate(item) === true).map((item) => {
          locals[slot] = item;
          return body2(env, locals);
        });
      default:
        throw new StepError("expr", `\`${text}\`: there is no function \`${ast.fn}\``);
    }
  };
}

function elements(value: unknown, text: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null) return Object.keys(value);
  throw new StepError("expr", `\`${text}\` needs a list`);
}
