import type { ExprAst } from "../core/expression.js";
import { compileGet, compileHas, compileIndex, compileVariable } from "./evaluate/access.js";
import { compileCall } from "./evaluate/call.js";
import { compileEach } from "./evaluate/each.js";
import { compileBinary } from "./evaluate/operators.js";
import { objectOf } from "./evaluate/own.js";

/**
 * Values of the root variables (`input`, `steps`, `run` …). `steps`, `info` and `branches` are null-prototype objects
 * that may chain to those of the blocks around; everything else is read by own keys only.
 */
export type Env = Readonly<Record<string, unknown>>;
/** `locals` holds the variables of comprehensions by slot. */
export type Closure = (env: Env, locals: unknown[]) => unknown;

export interface Compiling {
  /** For messages: the expression's text. */
  readonly text: string;
  /** The variables of the comprehensions around. */
  readonly slots: ReadonlyMap<string, number>;
  /** How many comprehensions are around: a slot each, also where two use the same name. */
  readonly depth: number;
  compile(ast: ExprAst): Closure;
  /** The same inside a comprehension that binds `name`. */
  inside(name: string): Compiling;
}

/**
 * Closures over a checked expression, made once per plan. The empty optional is `undefined`.
 * Evaluating raises StepError `expr` for what only the data can show: an index past the end, the smallest of no numbers.
 */
export function compileExpr(ast: ExprAst, text: string): (env: Env) => unknown {
  let comprehensions = 0;
  const make = (slots: ReadonlyMap<string, number>, depth: number): Compiling => {
    const cx: Compiling = {
      text,
      slots,
      depth,
      compile: (node) => compileNode(node, cx),
      inside(name) {
        comprehensions++;
        return make(new Map(slots).set(name, depth), depth + 1);
      },
    };
    return cx;
  };
  const closure = make(new Map(), 0).compile(ast);
  return comprehensions === 0 ? (env) => closure(env, NO_LOCALS) : (env) => closure(env, []);
}
const NO_LOCALS: unknown[] = [];

function compileNode(ast: ExprAst, cx: Compiling): Closure {
  switch (ast.op) {
    case "lit": {
      const { value } = ast;
      return () => value;
    }
    case "var":
      return compileVariable(ast.name, cx);
    case "get":
      return compileGet(ast, cx);
    case "index":
      return compileIndex(ast, cx);
    case "has":
      return compileHas(ast.of, cx);
    case "call":
      return compileCall(ast, cx);
    case "each":
      return compileEach(ast, cx);
    case "list": {
      const items = ast.items.map((item) => cx.compile(item));
      return (env, locals) => items.map((item) => item(env, locals));
    }
    case "map": {
      const entries = ast.entries.map(([key, value]) => [cx.compile(key), cx.compile(value)] as const);
      return (env, locals) => objectOf(entries.map(([key, value]) => [String(key(env, locals)), value(env, locals)]));
    }
    case "cond": {
      const [test, yes, no] = [cx.compile(ast.test), cx.compile(ast.then), cx.compile(ast.else)];
      return (env, locals) => (test(env, locals) === true ? yes(env, locals) : no(env, locals));
    }
    case "and": {
      const [left, right] = [cx.compile(ast.left), cx.compile(ast.right)];
      return (env, locals) => left(env, locals) === true && right(env, locals) === true;
    }
    case "or": {
      const [left, right] = [cx.compile(ast.left), cx.compile(ast.right)];
      return (env, locals) => left(env, locals) === true || right(env, locals) === true;
    }
    case "not": {
      const of = cx.compile(ast.of);
      return (env, locals) => of(env, locals) !== true;
    }
    case "neg":
      return cx.compile({ op: "bin", fn: "-", left: { op: "lit", value: 0, at: ast.at }, right: ast.of, at: ast.at });
    case "bin":
      return compileBinary(ast, cx);
  }
}
