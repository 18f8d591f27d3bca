import { StepError } from "../core/errors.js";
import type { BinaryOperator, ExprAst } from "../core/expression.js";
import { compileEach } from "./evaluate/each.js";
import { equal } from "./evaluate/equal.js";
import { FUNCTIONS } from "./evaluate/functions.js";
import { own } from "./evaluate/own.js";
import { arithmetic, ordered } from "./evaluate/operators.js";

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
  readonly slots: ReadonlyMap<string, number>;
  compile(ast: ExprAst, slots?: ReadonlyMap<string, number>): Closure;
}

const CHAINED: ReadonlySet<string> = new Set(["steps", "info", "branches"]);

/**
 * Closures over a checked expression, made once per plan. The empty optional is `undefined`.
 * Evaluating raises StepError `expr` for what only the data can show: an index past the end, the smallest of no numbers.
 */
export function compileExpr(ast: ExprAst, text: string): (env: Env) => unknown {
  const make = (slots: ReadonlyMap<string, number>): Compiling => ({ text, slots, compile: (node, inner) => compileNode(node, inner === undefined ? cx : make(inner)) });
  const cx = make(new Map());
  const closure = compileNode(ast, cx);
  return (env) => closure(env, []);
}

function compileNode(ast: ExprAst, cx: Compiling): Closure {
  switch (ast.op) {
    case "lit": {
      const { value } = ast;
      return () => value;
    }
    case "var":
      return variable(ast.name, cx);
    case "get":
      return get(ast, cx);
    case "index":
      return index(ast, cx);
    case "has":
      return has(ast.of, cx);
    case "call":
      return call(ast, cx);
    case "each":
      return compileEach(ast, cx);
    case "list": {
      const items = ast.items.map((item) => cx.compile(item));
      return (env, locals) => items.map((item) => item(env, locals));
    }
    case "map": {
      const entries = ast.entries.map(([key, value]) => [cx.compile(key), cx.compile(value)] as const);
      return (env, locals) => Object.fromEntries(entries.map(([key, value]) => [String(key(env, locals)), value(env, locals)]));
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
      return compileNode({ op: "bin", fn: "-", left: { op: "lit", value: 0, at: ast.at }, right: ast.of, at: ast.at }, cx);
    case "bin":
      return binary(ast.fn, cx.compile(ast.left), cx.compile(ast.right));
  }
}

function variable(name: string, { slots }: Compiling): Closure {
  const slot = slots.get(name);
  return slot === undefined ? (env) => env[name] : (_env, locals) => locals[slot];
}

function get(ast: ExprAst & { op: "get" }, cx: Compiling): Closure {
  const { name, opt } = ast;
  const of = cx.compile(ast.of);
  const chained = ast.of.op === "var" && CHAINED.has(ast.of.name) && !cx.slots.has(ast.of.name);
  const read = chained ? (value: unknown) => Reflect.get(Object(value), name) : (value: unknown) => own(value, name);
  if (opt) return (env, locals) => read(of(env, locals));
  const message = `\`${cx.text.slice(...ast.at)}\` is not there`;
  return (env, locals) => {
    const value = read(of(env, locals));
    if (value === undefined) throw new StepError("expr", message);
    return value;
  };
}

function index(ast: ExprAst & { op: "index" }, cx: Compiling): Closure {
  const [of, at] = [cx.compile(ast.of), cx.compile(ast.index)];
  const source = cx.text.slice(...ast.at);
  return (env, locals) => {
    const holder = of(env, locals);
    const key = at(env, locals);
    const value: unknown = Array.isArray(holder) ? (typeof key === "number" ? holder[key] : undefined) : own(holder, String(key));
    if (value !== undefined || ast.opt) return value;
    throw new StepError("expr", Array.isArray(holder) ? `\`${source}\`: there is no element ${String(key)}, the list has ${holder.length}` : `\`${source}\` is not there`);
  };
}

/** False when any part of the chain is absent. */
function has(of: ExprAst, cx: Compiling): Closure {
  const read = cx.compile(loosely(of));
  return (env, locals) => read(env, locals) !== undefined;
}
const loosely = (ast: ExprAst): ExprAst => (ast.op === "get" || ast.op === "index" ? { ...ast, of: loosely(ast.of), opt: true } : ast);

function call(ast: ExprAst & { op: "call" }, cx: Compiling): Closure {
  const receiver = ast.args[0];
  const namespaced = receiver?.op === "var" && !cx.slots.has(receiver.name) && Object.hasOwn(FUNCTIONS, `${receiver.name}.${ast.fn}`);
  const apply = FUNCTIONS[namespaced ? `${receiver.name}.${ast.fn}` : ast.fn];
  if (apply === undefined) throw new StepError("expr", `there is no function \`${ast.fn}\``);
  const args = (namespaced ? ast.args.slice(1) : ast.args).map((arg) => cx.compile(arg));
  const [first, second] = args;
  if (args.length === 1 && first) return (env, locals) => apply(first(env, locals));
  if (args.length === 2 && first && second) return (env, locals) => apply(first(env, locals), second(env, locals));
  return (env, locals) => apply(...args.map((arg) => arg(env, locals)));
}

function binary(fn: BinaryOperator, left: Closure, right: Closure): Closure {
  switch (fn) {
    case "==":
      return (env, locals) => equal(left(env, locals), right(env, locals));
    case "!=":
      return (env, locals) => !equal(left(env, locals), right(env, locals));
    case "in":
      return (env, locals) => {
        const [item, holder] = [left(env, locals), right(env, locals)];
        return Array.isArray(holder) ? holder.some((other) => equal(item, other)) : typeof item === "string" && own(holder, item) !== undefined;
      };
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const test = ordered(fn);
      return (env, locals) => test(left(env, locals), right(env, locals));
    }
    case "+":
    case "-":
    case "*":
    case "/":
    case "%": {
      const compute = arithmetic(fn);
      return (env, locals) => compute(left(env, locals), right(env, locals));
    }
  }
}
