import { StepError } from "../../core/errors.js";
import type { ExprAst } from "../../core/expression.js";
import type { Closure, Compiling } from "../evaluate.js";
import { FUNCTIONS } from "./functions.js";

/** A function of the language over its evaluated arguments; what it raises names the call. */
export function compileCall(ast: Extract<ExprAst, { op: "call" }>, cx: Compiling): Closure {
  const receiver = ast.args[0];
  const namespaced = receiver?.op === "var" && !cx.slots.has(receiver.name) && FUNCTIONS.has(`${receiver.name}.${ast.fn}`);
  const apply = FUNCTIONS.get(namespaced ? `${receiver.name}.${ast.fn}` : ast.fn);
  if (apply === undefined) throw new StepError("expr", `there is no function \`${ast.fn}\``);
  const [first, second, third, ...more] = (namespaced ? ast.args.slice(1) : ast.args).map((arg) => cx.compile(arg));
  const failed = (error: unknown): unknown => (error instanceof StepError ? new StepError("expr", `\`${cx.text.slice(...ast.at)}\`: ${error.message}`) : error);
  if (first !== undefined && second === undefined) {
    return (env, locals) => {
      const a = first(env, locals);
      try {
        return apply(a);
      } catch (error) {
        throw failed(error);
      }
    };
  }
  if (first !== undefined && second !== undefined && third === undefined) {
    return (env, locals) => {
      const a = first(env, locals);
      const b = second(env, locals);
      try {
        return apply(a, b);
      } catch (error) {
        throw failed(error);
      }
    };
  }
  const args = [first, second, third, ...more].filter((arg) => arg !== undefined);
  return (env, locals) => {
    const values = args.map((arg) => arg(env, locals));
    try {
      return apply(...values);
    } catch (error) {
      throw failed(error);
    }
  };
}
