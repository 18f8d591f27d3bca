import { StepError } from "../../core/errors.js";
import type { ExprAst } from "../../core/expression.js";
import type { Closure, Compiling } from "../evaluate.js";
import { compare, equal } from "./equal.js";
import { own } from "./own.js";
import { Duration, Timestamp } from "./time.js";

/**
 * One closure per operator with the case of two numbers written out in it: these are what conditions are made of.
 * Comparisons with NaN are false, as those of values without an order.
 */
export function compileBinary(ast: Extract<ExprAst, { op: "bin" }>, cx: Compiling): Closure {
  const left = cx.compile(ast.left);
  const right = cx.compile(ast.right);
  const source = cx.text.slice(...ast.at);
  switch (ast.fn) {
    case "==":
      return (env, locals) => same(left(env, locals), right(env, locals));
    case "!=":
      return (env, locals) => !same(left(env, locals), right(env, locals));
    case "in":
      return (env, locals) => isIn(left(env, locals), right(env, locals));
    case "<":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a < b : compare(a, b) < 0;
      };
    case "<=":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a <= b : compare(a, b) <= 0;
      };
    case ">":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a > b : compare(a, b) > 0;
      };
    case ">=":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a >= b : compare(a, b) >= 0;
      };
    case "+":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a + b : add(a, b, source);
      };
    case "-":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a - b : subtract(a, b, source);
      };
    case "*":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a * b : refuse(source);
      };
    case "/":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a / b : refuse(source);
      };
    case "%":
      return (env, locals) => {
        const a = left(env, locals);
        const b = right(env, locals);
        return typeof a === "number" && typeof b === "number" ? a % b : refuse(source);
      };
  }
}

const same = (a: unknown, b: unknown): boolean => a === b || (typeof a === "object" && equal(a, b));

const isIn = (item: unknown, holder: unknown): boolean =>
  Array.isArray(holder) ? holder.some((other) => same(item, other)) : typeof item === "string" && own(holder, item) !== undefined;

/** Texts, lists, instants and lengths of time. */
function add(a: unknown, b: unknown, source: string): unknown {
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.ms + b.ms);
  if (a instanceof Duration && b instanceof Timestamp) return new Timestamp(a.ms + b.ms);
  return a instanceof Duration && b instanceof Duration ? new Duration(a.ms + b.ms) : refuse(source);
}

function subtract(a: unknown, b: unknown, source: string): unknown {
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.ms - b.ms);
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration)) return new Duration(a.ms - b.ms);
  return refuse(source);
}

function refuse(source: string): never {
  throw new StepError("expr", `\`${source}\`: the operator cannot be applied to these values`);
}
